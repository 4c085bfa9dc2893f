#ifndef OXBOW_CCURL_SHIM_H
#define OXBOW_CCURL_SHIM_H
#include <curl/curl.h>

/* curl_easy_setopt takes any number of arguments of any type, which Swift does not import; so the one request that we
   make is put together here. */

/* Takes bytes of a response, which are libcurl's and not kept. Returns 1 to go on, 0 to end the transfer. */
typedef int (*oxbow_curl_taker)(const char *bytes, size_t count, void *context);

struct oxbow_curl_request {
    const char *url;
    const char *range; /* such as "100-"; NULL asks for the whole */
    long connect_seconds;
    long idle_seconds;     /* the longest silence */
    long total_seconds;    /* 0: as long as it takes */
    const char *no_proxy;  /* hosts that are asked directly; NULL: those of $no_proxy */
    oxbow_curl_taker head; /* a line of the head of each response: those of redirects and of proxies too */
    oxbow_curl_taker body; /* bytes of the last response's body, never unpacked */
    void *context;
};

static inline size_t oxbow_curl_take_head(char *bytes, size_t size, size_t count, void *request) {
    struct oxbow_curl_request *to = (struct oxbow_curl_request *)request;
    return to->head(bytes, size * count, to->context) ? size * count : 0;
}

static inline size_t oxbow_curl_take_body(char *bytes, size_t size, size_t count, void *request) {
    struct oxbow_curl_request *to = (struct oxbow_curl_request *)request;
    if (size * count == 0) return 0;
    return to->body(bytes, size * count, to->context) ? size * count : 0;
}

/* A GET over http or https that follows up to five redirects. Blocks; request, its strings and reason must outlive it.
   reason gets libcurl's words for a failure. */
static inline CURLcode oxbow_curl_get(CURL *handle, struct oxbow_curl_request *request, char reason[CURL_ERROR_SIZE]) {
    reason[0] = 0;
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "oxbow");
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, request->connect_seconds);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, request->idle_seconds);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT, request->total_seconds);
    if (request->no_proxy) curl_easy_setopt(handle, CURLOPT_NOPROXY, request->no_proxy);
    curl_easy_setopt(handle, CURLOPT_RANGE, request->range);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, oxbow_curl_take_head);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, request);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, oxbow_curl_take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, request);
    CURLcode code = curl_easy_setopt(handle, CURLOPT_URL, request->url);
    return code == CURLE_OK ? curl_easy_perform(handle) : code;
}
#endif
