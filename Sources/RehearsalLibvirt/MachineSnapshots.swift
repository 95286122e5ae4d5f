internal import Foundation
internal import Glibc
internal import Libvirt
public import RehearsalTestbed

extension LibvirtHypervisor {
    public func engine() -> String { EngineVersion.text() }

    public func snapshot(_ machine: String, to folder: String) async throws {
        try await libvirtMachine(machine).snapshot(to: folder)
    }

    public func restore(
        _ machine: String, memory: String, disk: String?, savedAs saved: TestbedSpecification.Machine
    ) async throws {
        try await libvirtMachine(machine).restore(memory: memory, disk: disk, savedAs: saved)
    }

    public func setClock(_ machine: String) async throws {
        try await libvirtMachine(machine).agent.setClock()
    }
}

extension LibvirtMachine {
    /// The disk the machine writes to now: the newest of its overlays.
    ///
    /// Each snapshot adds one, `NAME.1.qcow2` and so on, beside the first.
    private func overlay(_ number: Int, of disk: String) -> String {
        number == 0 ? disk : (disk as NSString).deletingPathExtension + ".\(number).qcow2"
    }

    func snapshot(to folder: String) async throws {
        var disks = ""
        var frozen: String?
        var next: String?
        if let disk = specification.disk {
            let newest = (0...).prefix { FileManager.default.fileExists(atPath: overlay($0, of: disk)) }.last ?? 0
            frozen = overlay(newest, of: disk)
            let following = overlay(newest + 1, of: disk)
            next = following
            let source = XMLText.escape(following)
            disks =
                "<disks><disk name='vda' snapshot='external' type='file'><driver type='qcow2'/><source file='\(source)'/></disk></disks>"
        }
        let memory = XMLText.escape("\(folder)/\(name).memory")
        do {
            try await explaining("save") {
                try await control.snapshot(
                    xml: "<domainsnapshot><memory snapshot='external' file='\(memory)'/>\(disks)</domainsnapshot>")
            }
        } catch {
            // The machine writes on where it did: an overlay that was made already must not pass for its newest.
            if let next { unlink(next) }
            throw error
        }
        guard let frozen else { return }
        // Nothing is written to it any more, so that a second name for it is as good as a copy.
        let kept = "\(folder)/\(name).qcow2"
        if link(frozen, kept) == 0 { return }
        let result = try await processes.run(["cp", "--sparse=always", frozen, kept], timeout: 600)
        guard result.isSuccess else {
            throw TestbedError(.host, "cannot copy \(frozen) to \(kept): \(result.standardError)", hint: "look at the free space there")
        }
    }

    func restore(memory: String, disk: String?, savedAs saved: TestbedSpecification.Machine) async throws {
        guard try await state() == .off else {
            throw TestbedError(.invalidState, "cannot restore machine \(name): it is on", hint: "destroy it first")
        }
        try makeDirectories()
        if let own = specification.disk, let disk {
            try? FileManager.default.removeItem(atPath: own)
            try await makeOverlay(own, on: disk, format: "qcow2")
        }
        try await explaining("restore") {
            let xml = Self.moved(try await control.savedXML(in: memory), from: saved, to: specification)
            try await control.restore(from: memory, xml: xml, paused: true)
        }
    }

    /// A saved configuration with the paths of another testbed.
    ///
    /// The devices' places in the machine are only in the saved one, so that a new one would not fit its memory.
    static func moved(
        _ xml: String, from saved: TestbedSpecification.Machine, to specification: TestbedSpecification.Machine
    ) -> String {
        var xml = xml
        for (old, new) in [(saved.console, specification.console), (saved.steps, specification.steps)] {
            xml = xml.replacingOccurrences(of: "'\(XMLText.escape(old))'", with: "'\(XMLText.escape(new))'")
        }
        // The one disk, whichever overlay it was, and without the chain below it, which libvirt then reads from the files.
        xml = xml.replacingOccurrences(of: "(?s)<backingStore.*</backingStore>|<backingStore[^>]*/>", with: "", options: .regularExpression)
        guard let disk = specification.disk else { return xml }
        return xml.replacingOccurrences(
            of: "<source file='[^']*'", with: NSRegularExpression.escapedTemplate(for: "<source file='\(XMLText.escape(disk))'"),
            options: .regularExpression)
    }
}
