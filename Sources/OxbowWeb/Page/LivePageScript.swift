/// The page's script. Whatever came from a peer becomes text of a node, never markup.
enum LivePageScript {
    static let text = helpers + run + fleet + rest + connection

    private static let helpers = #"""
        'use strict';
        const $=id=>document.getElementById(id);
        const el=(tag,props,...children)=>{const e=document.createElement(tag);
        for(const[k,v]of Object.entries(props||{}))if(v!=null)k in e?e[k]=v:e.setAttribute(k,v);
        e.append(...children.flat().filter(c=>c!=null));return e};
        const show=(id,...children)=>$(id).replaceChildren(...children.flat().filter(c=>c!=null));
        const number=v=>typeof v==='number'&&isFinite(v);
        const three=v=>!number(v)?'–':v===0?'0':Math.abs(v)>=1e6||Math.abs(v)<1e-3?v.toExponential(2):Number(v.toPrecision(3)).toString();
        const count=v=>number(v)?String(v).replace(/\B(?=(\d{3})+$)/g,'\u202f'):'–';
        const bytes=v=>{if(!number(v))return'–';const u=['B','kB','MB','GB','TB'];let i=0;while(v>=999.5&&i<4){v/=1e3;i++}
        return(i?Number(v.toPrecision(3)):v)+'\u202f'+u[i]};
        const span=s=>{if(!number(s))return'–';if(s<0.9995)return three(s*1e3)+' ms';if(s<99.5)return three(s)+' s';
        const w=Math.round(s);return w<3600?Math.floor(w/60)+' min '+w%60+' s':Math.floor(w/3600)+' h '+Math.floor(w/60)%60+' min'};
        const clock=t=>new Date(t*1e3).toLocaleTimeString([],{hour12:false});
        const facts=(...pairs)=>el('dl',{className:'facts'},pairs.filter(p=>p).map(([name,value,kind])=>
        el('div',{className:kind||''},el('dt',{},name),el('dd',{},value))));
        const table=(columns,rows)=>el('table',{},el('thead',{},el('tr',{},columns.map(c=>
        el('th',{scope:'col',className:c[0]===' '?'n':''},c.trim())))),el('tbody',{},rows.map(r=>el('tr',{},r.map((c,i)=>
        i?el('td',{className:columns[i][0]===' '?'n':''},c):el('th',{scope:'row'},el('span',{className:String(c).length>26?'long-name':''},c)))))));

        """#

    private static let run = #"""
        const states={queued:'queued',waiting:'waits',running:'under way',finished:'finished',stopped:'stopped',failed:'failed'};
        const runCard=(run,losses)=>{
        const ended=run.outcome!=null,share=run.state==='finished'?1:run.rounds?Math.min(1,(Math.max(0,run.round-1)+
        (run.steps_per_round?run.step/run.steps_per_round:0))/run.rounds):0;
        const bar=el('i');bar.style.width=(share*100).toFixed(1)+'%';
        const whom=run.awaited.length>8?run.awaited.slice(0,8).join(', ')+' and '+(run.awaited.length-8)+' more':run.awaited.join(', ');
        const wait=ended||!run.awaited_what?null:el('p',{className:'await'},'Waits for ',el('strong',{},run.awaited_what.replace(/ of round \d+ step \d+$/,'')),
        whom?(run.awaited_what==='members'?': ':' from ')+whom:'',number(run.awaited_seconds)&&run.awaited_seconds>=1?', for '+span(run.awaited_seconds):'');
        return el('div',{className:'card'+(run.state==='failed'?' alert':'')},
        el('div',{className:'head'},el('h3',{},run.id),el('span',{className:'badge'+(run.state==='failed'?' bad':run.state==='running'||
        run.state==='finished'?'':' wait')},states[run.state]||run.state)),
        el('div',{className:'big'},run.round&&!(run.state==='waiting'&&!run.members.length)?'Round '+run.round:'Not begun',el('small',{},'of '+run.rounds+
        (run.state==='running'&&run.steps_per_round?', step '+run.step+' of '+run.steps_per_round:''))),
        el('div',{className:'meter',role:'progressbar','aria-label':'progress','aria-valuenow':Math.round(share*100)},bar),
        facts(['a step takes',span(run.step_seconds)],ended?null:['left',run.eta_seconds==null?'–':'about '+span(run.eta_seconds)],
        losses?['loss of D',three((losses.d_real+losses.d_fake)/2)]:null,losses?['loss of G',three(losses.g)]:null,
        ['workers',count(run.members.length)],['membership',run.membership]),
        wait,ended?el('p',{className:'await'},run.outcome):null)};
        const showRun=s=>{const cards=[];
        if(s.run)cards.push(runCard(s.run,s.losses));
        else cards.push(el('p',{className:'card'},s.queue.length?'No run is under way.':'No run is under way. Submit one: oxbow submit experiment.yaml'));
        if(s.queue.length)cards.push(el('div',{className:'card'},el('h3',{},'Queue'),el('ol',{},s.queue.map(r=>
        el('li',{},r.id+', '+r.rounds+(r.rounds===1?' round':' rounds')))),
        ...(s.queue.length<s.queue_count?[el('p',{className:'small'},'The first '+s.queue.length+' of '+s.queue_count+'; oxbow ls lists all.')]:[])));
        show('run',cards)};

        """#

    private static let fleet = #"""
        const order=['computing','waiting','loading','idle','sidelined','away'];
        const showFleet=s=>{
        show('tiers',s.tiers.length?s.tiers.map(t=>{
        const times=Object.entries(t.exchange_seconds).sort((a,b)=>a[0]-b[0]);
        return el('div',{className:'card tile'},el('div',{className:'head'},el('h3',{},t.name),
        el('span',{},t.connected===t.total?t.total+' connected':t.connected+' of '+t.total+' connected')),
        el('ul',{className:'chips'},order.filter(a=>t.activities[a]).map(a=>el('li',{className:a},t.activities[a]+' '+a))),
        t.gflops||times.length?facts(t.gflops?['speed',three(t.gflops)+' GFLOP/s']:null,...times.map(([e,v])=>['exchange '+e,span(v)])):null)})
        :el('p',{className:'card'},'Nobody is here yet. Workers connect to '+s.broker.endpoint));
        const box=$('members');box.hidden=!s.member_count;
        box.firstElementChild.textContent=s.member_count+(s.member_count===1?' member':' members');
        if(!box.open)return;
        box.lastElementChild.replaceChildren(table(['member','name','tier','does',' round',' step',' heard',' round trip',''],s.members.map(m=>[
        m.id,m.worker_id||'',m.tier,m.activity,count(m.round),count(m.step),number(m.silent_seconds)?m.silent_seconds<1?'just now':span(m.silent_seconds)+' ago':'–',
        m.link&&m.link.round_trip_seconds?span(m.link.round_trip_seconds):'–',m.standby||''])),
        ...(s.members.length<s.member_count?[el('p',{className:'small'},'The first '+s.members.length+'; all are in /api/status.')]:[]))};
        $('members').addEventListener('toggle',()=>{if(latest)showFleet(latest)});

        """#

    private static let rest = #"""
        const showPlan=p=>{$('plan-section').hidden=!p;if(!p)return;
        const proof=!number(p.gap)?null:p.gap>0?'at most '+three(p.gap*100)+' % from the best':'no plan is faster';
        show('plan',el('div',{className:'card'},facts(['planner',p.planner||'–'],p.cost_model?['cost model',p.cost_model]:null,
        number(p.seconds)?['a step by it',span(p.seconds)]:null,proof?['proof',proof,'long']:null,['images a batch',count(p.batch)]),
        el('details',{},el('summary',{},'Cuts of '+p.workers.length+(p.workers.length===1?' worker':' workers')),el('p',{className:'small'},
        'Blocks that a worker keeps beyond the first and the last: head and tail of G, head and tail of D.'),
        el('div',{className:'scroll',tabIndex:0,role:'region','aria-label':'Cuts'},
        table(['worker','name','tier',' G head',' G tail',' D head',' D tail',' images'],
        p.workers.map(w=>[w.member,w.name,w.tier,...w.cuts.map(String),count(w.samples)]))))))};
        // What is seen stays until the next pictures are there, which a broker that goes away may never send.
        let gridsAsked=0;
        const showGrids=async grids=>{const asked=++gridsAsked;$('images').hidden=!grids.length;
        const cards=grids.map(g=>el('figure',{className:'card'},el('figcaption',{},'Cluster '+g.cluster+', round '+g.round,
        el('small',{},'a row for each class')),el('img',{src:g.path,alt:'Generated images of cluster '+g.cluster+', round '+g.round})));
        await Promise.allSettled(cards.map(c=>c.lastElementChild.decode()));
        const loaded=cards.filter(c=>c.lastElementChild.naturalWidth);
        if(asked===gridsAsked&&(loaded.length===cards.length||!$('grids').children.length))show('grids',loaded)};
        const line=e=>el('li',{className:e.weight},el('time',{dateTime:new Date(e.time*1e3).toISOString()},clock(e.time)),el('span',{},e.text));
        const showEvents=events=>show('events',events.length?events.map(line):el('li',{className:'none'},'Nothing has happened yet.'));
        const addEvent=e=>{const list=$('events');if(list.firstElementChild&&!list.querySelector('time'))list.replaceChildren();
        list.prepend(line(e));while(list.children.length>100)list.lastElementChild.remove()};
        const showBroker=s=>{const t=s.traffic;show('broker',facts(['endpoint',s.broker.endpoint,'long'],
        ['encryption',s.broker.is_insecure?'none (--insecure)':s.broker.endpoint.startsWith('ipc:')?'none: on this machine':'on'],['release',s.broker.release],
        ['up for',span(s.time-s.broker.started)],['bytes up',bytes(t.up_bytes)],['bytes down',bytes(t.down_bytes)],
        ['messages',count(t.received)],['refused',count(t.refused)],['dropped',count(t.dropped)],
        ['held now',t.held_messages?count(t.held_messages)+', '+bytes(t.held_bytes):'nothing'],['credits in use',count(t.credits_used)+' of '+count(t.credits_granted)]))};
        let drawn=0,drawing=false;
        const draw=async()=>{if(drawing||Date.now()-drawn<2000)return;drawing=true;drawn=Date.now();
        try{const answer=await fetch('/api/charts');if(answer.ok){const charts=await answer.json();
        // Drawn and escaped by the server; nothing in them is a peer's.
        for(const id of['loss','divergence','image_score','fid'])if(charts[id])$(id).innerHTML=charts[id];
        for(const id of['image_score','fid'])$(id).closest('figure').hidden=!$(id).querySelector('.line,.mark');
        $('curves').hidden=!document.querySelector('#loss .line,#loss .mark')}}catch{}drawing=false};

        """#

    private static let connection = #"""
        let latest=null,source=null,heard=0,goneSince=0,timer=0;
        const say=text=>{const a=$('alert');a.hidden=!text;a.textContent=text||''};
        const badge=(text,kind)=>{const b=$('link');b.textContent=text;b.className='badge'+(kind?' '+kind:'')};
        const take=s=>{
        latest={...s,plan:s.plan!==undefined?s.plan:s.events?null:latest&&latest.plan};
        showRun(s);showFleet(s);showBroker(s);
        if(s.events){showEvents(s.events);showPlan(s.plan);showGrids(s.grids||[])}
        const runs=s.run?s.run.id+': '+(states[s.run.state]||s.run.state):'no run';
        document.title=(s.run&&s.run.round?s.run.round+'/'+s.run.rounds+' ':'')+'Oxbow fleet';
        const here=s.tiers.reduce((n,t)=>n+t.connected,0);
        $('lead').textContent=here+(here===1?' member is connected; ':' members are connected; ')+runs+'.';
        say(s.broker.unready?'The broker takes no decisions now: '+s.broker.unready+'.':'');
        draw()};
        const gone=async()=>{
        if(source)source.close();source=null;
        if(latest&&latest.broker.is_ended){badge('ended','wait');say('The broker has ended its work. This page shows the last of it, and waits for the next.')}
        else{if(!goneSince)goneSince=Date.now();badge('gone','bad');document.body.classList.add('gone');
        say('The broker does not answer since '+clock(goneSince/1e3)+'. '+(latest?'What is below is from before. ':'')+'Trying again.')}
        clearTimeout(timer);timer=setTimeout(connect,1500)};
        const connect=async()=>{
        if(goneSince||latest&&latest.broker.is_ended){
        // An event source does not tell why it fails.
        try{const answer=await fetch('/api/status');if(answer.status===401){badge('closed','bad');say('This browser has to show the token again: load the page anew.');return}
        if(!answer.ok)throw 0}catch{return gone()}}
        heard=Date.now();source=new EventSource('/events');
        const on=(name,work)=>source.addEventListener(name,e=>{heard=Date.now();work(JSON.parse(e.data))});
        on('status',s=>{if(goneSince||!latest||latest.broker.is_ended||$('link').textContent!=='live'){goneSince=0;document.body.classList.remove('gone');badge('live')}
        take(s);if(s.broker.is_ended)gone()});
        on('note',addEvent);
        on('step',step=>{if(latest&&latest.run&&latest.run.id===step.run){latest.run.round=step.round;latest.run.step=step.step;showRun(latest)}draw()});
        source.onerror=gone};
        setInterval(()=>{if(source&&Date.now()-heard>8000)gone()},1000);
        connect();
        """#
}
