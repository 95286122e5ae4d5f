extension String {
    /// The text cut to a number of characters, the last of them an ellipsis when something is missing.
    public func truncated(to width: Int) -> String {
        count <= width ? self : String(prefix(max(0, width - 1))) + "…"
    }
}
