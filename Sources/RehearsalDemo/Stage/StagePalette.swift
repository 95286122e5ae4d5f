/// The colours of the stage, by day and by night.
///
/// Marks have a contrast of at least 3 to their background and words of at least 4.5 (WCAG 2.1, 1.4.11 and 1.4.3). What can stand in one row
/// differs by a ΔE2000 of at least 13 for people with any of the three kinds of colour blindness, and in its shape besides.
public struct StagePalette: Sendable, Hashable {
    /// The name: `light` or `dark`.
    public let name: String
    /// The colour of each style, as `#RRGGBB`.
    let colours: [String: String]

    /// Dark on light.
    public static let light = StagePalette(
        name: "light",
        colours: [
            "back": "#F4F6F8", "card": "#FFFFFF", "line": "#D5DBE3", "text": "#141A22", "soft": "#566070", "up": "#2C7FB8",
            "failed": "#B2182B",
            "slow": "#B45F06", "unknown": "#767F8C", "working": "#5B2A86", "breakpoint": "#141A22", "done": "#2C7FB8", "waiting": "#767F8C",
            "typed": "#141A22", "said": "#566070", "good": "#1F6E9F", "bad": "#B2182B", "waits": "#8A4B00",
        ])
    /// Light on dark.
    public static let dark = StagePalette(
        name: "dark",
        colours: [
            "back": "#0A0E13", "card": "#0F141B", "line": "#2B3440", "text": "#E8EDF3", "soft": "#A3AFBE", "up": "#3FA7E0",
            "failed": "#FF5C39",
            "slow": "#FFD54A", "unknown": "#8C96A3", "working": "#A78BFA", "breakpoint": "#FFFFFF", "done": "#3FA7E0", "waiting": "#8C96A3",
            "typed": "#FFFFFF", "said": "#A3AFBE", "good": "#3FA7E0", "bad": "#FF5C39", "waits": "#FFD54A",
        ])
    /// All of them.
    public static let all = [light, dark]

    /// The colour of a style; that of words for a name that there is not.
    func colour(_ style: String) -> String { colours[style] ?? colours["text"] ?? "#888888" }

    /// The rules of a style sheet that give every style its colour.
    var css: String {
        colours.keys.sorted().map { ".\($0){fill:\(colour($0))}" }.joined() + ".pane{fill:\(colour("card"));stroke:\(colour("line"))}"
            + ".ring{fill:none;stroke:\(colour("waiting"))}.cross{fill:none;stroke:\(colour("failed"))}"
    }
}
