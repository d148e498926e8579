import LiangmaKit
import Testing

@Suite struct TypedTextTests {
    @Test func whatIsTypedIsSentOnceWithAHigherRevision() {
        var field = TypedText(text: "", revision: 4)
        field.type("王")
        field.type("王小")
        #expect(field.settle() == 5)
        #expect(field.settle() == nil)
        field.type("王小明")
        #expect(field.settle() == 6)
    }

    @Test func anOlderTextOfTheCoreDoesNotReplaceWhatWasTyped() {
        var field = TypedText(text: "", revision: 0)
        field.type("1")
        _ = field.settle()
        field.type("12")
        _ = field.settle()
        field.take(text: "1", revision: 1)
        #expect(field.text == "12")
        field.take(text: "12", revision: 2)
        field.take(text: "", revision: 3)
        #expect(field.text == "")
    }

    @Test func theCoreWaitsWhileThePersonTypes() {
        var field = TypedText(text: "a", revision: 1)
        field.type("ab")
        field.take(text: "other", revision: 9)
        #expect(field.text == "ab")
    }

    @Test func theSameTextIsNotSentAgain() {
        var field = TypedText(text: "a", revision: 1)
        field.type("a")
        #expect(field.settle() == nil)
    }
}
