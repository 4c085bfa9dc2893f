import Foundation
import OxbowSafetensors
import Testing

@testable import OxbowEvaluation

@Suite struct JudgeCacheTests {
    let place = Workplace()
    var cache: JudgeCache { JudgeCache(place.path) }

    @Test func aHitIsTheSameJudge() throws {
        let domain = try stripes(100)
        let images = domain.test.floats(Array(0..<domain.test.count))
        var trainings = 0
        let trained = try cache.judge(for: domain) { if $0.fraction == 1 { trainings += 1 } }
        let cached = try cache.judge(for: domain) { _ in trainings += 1 }
        #expect(trainings == 1)
        #expect(cached.probabilities(images: images) == trained.probabilities(images: images))
        #expect(cached.quality == trained.quality)
        #expect(place.files().map { "\(place.path)/\($0)" } == [cache.path(for: domain)])
        #expect(cache.path(for: domain).contains(domain.checksum))
        _ = try cache.judge(for: stripes(102)) { if $0.fraction == 1 { trainings += 1 } }
        #expect(trainings == 2 && place.files().count == 2)
    }

    @Test func brokenFilesAreTrainedAnew() throws {
        let domain = try stripes(100)
        let path = cache.path(for: domain)
        let judge = try cache.judge(for: domain)
        let good = try SafetensorsFile.read(path)
        func check(_ spoil: () throws -> Void) throws {
            try spoil()
            var notes: [String] = []
            let again = try cache.judge(for: domain, note: { notes.append($0) })
            #expect(again.quality == judge.quality)
            #expect(notes.count == 1 && notes[0].contains(path) && notes[0].hasSuffix("The cached judge is trained anew."))
            #expect(try SafetensorsFile.read(path) == good)
        }
        try check { try Data("no judge".utf8).write(to: URL(fileURLWithPath: path)) }
        try check { try Data().write(to: URL(fileURLWithPath: path)) }
        for key in good.metadata.keys {
            try check {
                var other = good
                other.metadata[key] = "nan"
                try other.write(path)
            }
        }
        try check {
            var other = good
            other.tensors["linear2.bias"] = StoredTensor(shape: [2], [Float.nan, 0])
            try other.write(path)
        }
    }

    @Test func aFolderThatCannotBeMadeIsDoneWithout() throws {
        try Data().write(to: URL(fileURLWithPath: place.path + "/file"))
        var notes: [String] = []
        let judge = try JudgeCache(place.path + "/file/judges").judge(for: stripes(100), note: { notes.append($0) })
        #expect(judge.quality.accuracy > 0)
        #expect(notes.last?.hasSuffix("The judge will be trained again next time.") == true)
    }

    @Test func theFolderFollowsTheEnvironment() {
        #expect(JudgeCache.defaultFolder(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/oxbow/judges")
        #expect(JudgeCache.defaultFolder(["XDG_CACHE_HOME": "", "HOME": "/h"]) == "/h/.cache/oxbow/judges")
    }
}
