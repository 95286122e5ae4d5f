/// How a run is told as a recording: its scenes, in order.
public struct Storyboard: Hashable, Sendable {
    /// A part of the recording.
    public struct Scene: Hashable, Sendable {
        /// What a scene shows.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// What is done, where, and how. Time stands still.
            case title
            /// The machines, and who is in the cluster. Time stands still.
            case cloud
            /// The steps that are planned. Time stands still.
            case plan
            /// From the run's start until the first machine's update.
            case quiet
            /// The updates of all machines; a chapter for each.
            case machines
            /// Time stands still when the longest outage has ended. It is shown where it was, and left out where there was none.
            case outage
            /// From the last machine's update until the run's end.
            case after
            /// What the run came to. Time stands still.
            case verdict

            /// Whether the run's clock stands still meanwhile.
            public var isStill: Bool {
                switch self {
                case .title, .cloud, .plan, .outage, .verdict: true
                case .quiet, .machines, .after: false
                }
            }
        }

        /// What it shows.
        public var kind: Kind
        /// Its part of the recording, in shares; those of all scenes together are the whole.
        public var share: Double
        /// What is said meanwhile, one after the other, each for as long; in `machines` for every machine anew.
        public var captions: [Caption]

        /// Makes a scene.
        public init(_ kind: Kind, share: Double, captions: [Caption] = []) {
            self.kind = kind
            self.share = share
            self.captions = captions
        }
    }

    /// What is said. Words in double braces stand for what the run came to (docs/demo.md).
    public struct Caption: Hashable, Sendable {
        /// The text.
        public var text: String
        /// Where it was written: "FILE:LINE:COLUMN".
        public var place: String

        /// Makes a caption.
        public init(_ text: String, at place: String) {
            self.text = text
            self.place = place
        }
    }

    /// The name, which is that of its file.
    public var name: String
    /// The title.
    public var title: Caption
    /// How long the recording is, in seconds.
    public var seconds: Double
    /// The scenes, in order.
    public var scenes: [Scene]

    /// Makes a storyboard.
    public init(name: String, title: Caption, seconds: Double, scenes: [Scene]) {
        self.name = name
        self.title = title
        self.seconds = seconds
        self.scenes = scenes
    }
}
