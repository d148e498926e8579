import LiangmaCore

/// The few words that are the shell's own: names of its controls.
struct ShellWords {
    let back, yes, no, save, choose, more, remove, search, update, screenshot, recorded: String

    static func of(_ language: Language) -> ShellWords {
        switch language {
        case .zhHans:
            return ShellWords(
                back: "返回", yes: "同意", no: "不同意", save: "保存", choose: "选日期", more: "更多", remove: "移除",
                search: "搜索", update: "程序和它的核心不是同一版。请更新程序。",
                screenshot: "截图不能当码用，请用屏幕上的码。图里有您的资料，请不要发给别人。",
                recorded: "正在录屏或投屏，码先盖住了。停下后就会亮。")
        case .zhHant:
            return ShellWords(
                back: "返回", yes: "同意", no: "不同意", save: "儲存", choose: "選日期", more: "更多", remove: "移除",
                search: "搜尋", update: "程式和它的核心不是同一版。請更新程式。",
                screenshot: "截圖不能當碼用，請用螢幕上的碼。圖裡有您的資料，請不要發給別人。",
                recorded: "正在錄屏或投屏，碼先蓋住了。停下後就會亮。")
        case .en:
            return ShellWords(
                back: "Back", yes: "I agree", no: "I do not agree", save: "Save", choose: "Choose the day",
                more: "More", remove: "Remove", search: "Search",
                update: "The program and its core do not fit together. Update the program.",
                screenshot: "A picture of the code is no code: use the one on the screen. The picture holds your data: do not pass it on.",
                recorded: "The screen is being recorded or mirrored, and the code is covered. It is back when that ends.")
        }
    }
}
