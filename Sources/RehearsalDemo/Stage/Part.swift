/// A part of the stage that changes: it stands still, and what it shows does not.
struct Part: Sendable {
    /// What a part is.
    enum Kind: Sendable, Hashable {
        /// Words; the place is where they begin, or end for those that are aligned to the right.
        case text(Font)
        /// A shape that says how a machine stands, by its style.
        case mark
        /// A bar or cover whose left edge and width change.
        case bar
    }

    /// How words look.
    struct Font: Sendable, Hashable {
        var size: Int
        var isMonospaced = false
        var isRight = false
        /// Whether words stand out.
        var isBold = false
    }

    /// Where a part is in a terminal of 100 columns and 30 rows, if it is there at all.
    struct Cell: Sendable, Hashable {
        var row: Int
        var column: Int
        var width: Int
    }

    /// The name, the same in every output.
    let id: String
    let kind: Kind
    let x: Int
    let y: Int
    var height = 0
    var cell: Cell?
}

/// What a part shows at a moment.
struct Look: Sendable, Hashable {
    /// The words; empty in what is no text.
    var text = ""
    /// How it is painted: a name of ``StagePalette``.
    var style = ""
    /// The left edge, for bars.
    var x = 0
    /// The width, for bars; 0 is nothing.
    var width = 0
}

/// What all parts show at a moment, in the order of the stage.
typealias Frame = [Look]

/// A part that shows something else from a moment on.
struct Change: Sendable, Hashable {
    /// Milliseconds of the recording.
    var shown: Int64
    /// Which part, counted from 0.
    var part: Int
    /// What it shows from then on.
    var look: Look
}
