/// A way to break something: what it does, to whom it can be done, and what it wants to know.
public struct FaultKind: Hashable, Codable, Sendable {
    /// Who breaks it.
    public enum Place: String, Hashable, Codable, Sendable, CaseIterable {
        /// A script that runs in the machine.
        case guest
        /// A script that runs beside the machines, in the testbed's networks.
        case testbed
        /// The hypervisor, by what it can do to a machine as a whole.
        case hypervisor
    }

    /// Something that a fault of the kind is told.
    public struct Argument: Hashable, Codable, Sendable {
        /// The name, which is the key in a scenario.
        public let name: String
        /// What it is when nobody says; nil if somebody has to.
        public let standard: String?
        /// What it means.
        public let summary: String

        /// Makes an argument.
        public init(name: String, standard: String? = nil, summary: String) {
            self.name = name
            self.standard = standard
            self.summary = summary
        }
    }

    /// The argument that names a service; the machine must run it.
    public static let serviceArgument = "service"
    /// The argument that names other machines, separated by commas.
    public static let machinesArgument = "from"

    /// The name ("kill-service").
    public let name: String
    /// What it does, in one line.
    public let summary: String
    /// Who does it.
    public let place: Place
    /// What it is told, in the order of its file.
    public let arguments: [Argument]
    /// Whether the machine is away while the fault lasts, so that no other fault can reach it.
    public let takesMachineAway: Bool
    /// Whether nothing is felt of it by itself: it shows in what the update does next.
    public let isLatent: Bool

    /// Makes a kind.
    public init(
        name: String, summary: String, place: Place = .guest, arguments: [Argument] = [], takesMachineAway: Bool = false,
        isLatent: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.place = place
        self.arguments = arguments
        self.takesMachineAway = takesMachineAway
        self.isLatent = isLatent
    }

    /// What only a hypervisor can do; every other kind is a file.
    public static let ofHypervisor = [
        FaultKind(
            name: HypervisorFault.kill.rawValue, summary: "the machine loses its power, and gets it back when healed", place: .hypervisor,
            takesMachineAway: true),
        FaultKind(
            name: HypervisorFault.pause.rawValue, summary: "the machine stands still, and runs on when healed", place: .hypervisor,
            takesMachineAway: true),
        FaultKind(
            name: HypervisorFault.reset.rawValue, summary: "the machine is reset, as by its button", place: .hypervisor),
    ]
}

/// The faults of a hypervisor, by their names.
public enum HypervisorFault: String, Sendable, CaseIterable {
    /// The machine is switched off, and on again when healed.
    case kill = "kill-machine"
    /// The machine is frozen, and runs on when healed.
    case pause = "pause-machine"
    /// The machine is switched off and on at once.
    case reset = "reset-machine"
}
