import Testing

@testable import OxbowData

@Test func theUsualFolderFollowsTheEnvironment() {
    #expect(DataFolder.defaultPath(["OXBOW_DATA": "/d", "XDG_DATA_HOME": "/x", "HOME": "/h"]) == "/d")
    #expect(DataFolder.defaultPath(["OXBOW_DATA": "", "XDG_DATA_HOME": "/x", "HOME": "/h"]) == "/x/oxbow/data")
    #expect(DataFolder.defaultPath(["HOME": "/h"]) == "/h/.local/share/oxbow/data")
}
