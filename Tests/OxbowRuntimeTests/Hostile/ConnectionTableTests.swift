import Testing

@testable import OxbowRuntime

@Suite struct ConnectionTableTests {
    private func table(_ limit: Int) -> ConnectionTable { ConnectionTable(limit: limit, lease: .seconds(10)) }

    @Test func theFirstStrangerGoesOnceThereAreTooMany() {
        var table = table(3)
        for descriptor in 1...3 as ClosedRange<Int32> {
            #expect(table.accepted(descriptor, cookie: UInt64(descriptor), at: .zero) == nil)
        }
        table.heard(1, at: .seconds(1))
        #expect(table.accepted(4, cookie: 4, at: .seconds(2)) == .init(fileDescriptor: 2, cookie: 2))
        #expect(table.accepted(5, cookie: 5, at: .seconds(2)) == .init(fileDescriptor: 3, cookie: 3))
        // Descriptors come back: the new connection is not the old one.
        table.closed(4)
        #expect(table.accepted(4, cookie: 40, at: .seconds(2)) == nil)
        #expect(table.accepted(6, cookie: 6, at: .seconds(2)) == .init(fileDescriptor: 5, cookie: 5))
        #expect(table.count == 3 && table.ended == 3)
    }

    @Test func aMemberThatIsSilentForALeaseIsAStranger() {
        var table = table(2)
        _ = table.accepted(1, cookie: 1, at: .zero)
        _ = table.accepted(2, cookie: 2, at: .zero)
        table.heard(1, at: .zero)
        table.heard(2, at: .seconds(5))
        #expect(table.accepted(3, cookie: 3, at: .seconds(11)) == .init(fileDescriptor: 1, cookie: 1))
    }

    @Test func whereAllAreMembersTheNewcomerGoes() {
        var table = table(2)
        for descriptor in 1...2 as ClosedRange<Int32> {
            _ = table.accepted(descriptor, cookie: UInt64(descriptor), at: .zero)
            table.heard(descriptor, at: .zero)
        }
        for descriptor in 3...9 as ClosedRange<Int32> {
            #expect(
                table.accepted(descriptor, cookie: UInt64(descriptor), at: .seconds(1))
                    == .init(fileDescriptor: descriptor, cookie: UInt64(descriptor)))
        }
    }

    @Test func aLongFloodTakesNoMemoryAndSparesMembers() {
        var table = table(100)
        for descriptor in 1...50 as ClosedRange<Int32> {
            _ = table.accepted(descriptor, cookie: 0, at: .zero)
            table.heard(descriptor, at: .zero)
        }
        for number in 0..<20_000 {
            let descriptor = Int32(1000 + number)
            let victim = table.accepted(descriptor, cookie: 1, at: .seconds(1))
            #expect((victim == nil) == (number < 50))
            if let victim { #expect(victim.fileDescriptor == descriptor - 50) }
        }
        #expect(table.count == 100 && table.most == 101)
        #expect(table.rememberedArrivals <= 2 * 100 + 1025)
    }
}
