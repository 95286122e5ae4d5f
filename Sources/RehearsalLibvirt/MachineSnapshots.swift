import Foundation
import Glibc
import Libvirt
import RehearsalHost
public import RehearsalTestbed

extension LibvirtHypervisor {
    public func hypervisorVersion() -> String { HypervisorVersion.text() }

    public func snapshot(_ machine: String, to folder: String) async throws -> [String] {
        try await libvirtMachine(machine).snapshot(to: folder)
    }

    public func restore(
        _ machine: String, memory: String, disks: [String], savedAs saved: TestbedSpecification.Machine
    ) async throws {
        let restored = try libvirtMachine(machine)
        let disk = try await restored.restore(memory: memory, disks: disks, savedAs: saved)
        // If the machine is switched off and on again, it must write to its own overlay and not to the saved ones.
        var own = restored.specification
        own.disk = disk
        try await redefine(own)
    }

    public func setClock(_ machine: String) async throws {
        try await libvirtMachine(machine).agent.setClock()
    }
}

extension LibvirtMachine {
    /// The overlays of the machine's disk, the lowest first; it writes to the last.
    ///
    /// Each snapshot adds one, `NAME.1.qcow2` and so on, beside the first. Each names the one below it by its file name alone, so that
    /// all of them can be linked into another folder.
    private func overlays() -> [String] {
        guard let disk = specification.disk else { return [] }
        var found = [disk]
        while FileManager.default.fileExists(atPath: overlay(found.count, of: disk)) { found.append(overlay(found.count, of: disk)) }
        return found
    }

    private func overlay(_ number: Int, of disk: String) -> String {
        number == 0 ? disk : (disk as NSString).deletingPathExtension + ".\(number).qcow2"
    }

    func snapshot(to folder: String) async throws -> [String] {
        let frozen = overlays()
        var disks = ""
        var next: String?
        if let disk = specification.disk, let newest = frozen.last {
            let following = overlay(frozen.count, of: disk)
            next = following
            try await makeOverlay(following, on: newest)
            disks =
                "<disks><disk name='vda' snapshot='external' type='file'><driver type='qcow2'/><source file='\(XMLText.escape(following))'/></disk></disks>"
        }
        let memory = XMLText.escape("\(folder)/\(name).memory")
        do {
            try await explaining("save") {
                try await control.snapshot(
                    xml: "<domainsnapshot><memory snapshot='external' file='\(memory)'/>\(disks)</domainsnapshot>")
            }
        } catch {
            // The machine writes on where it did: the new overlay must not pass for its newest.
            if let next { unlink(next) }
            throw error
        }
        // Nothing is written to them any more, so that a second name for each is as good as a copy.
        return try await linkAll(frozen, into: folder)
    }

    /// Brings the machine back, paused.
    ///
    /// - Returns: The disk it writes to.
    func restore(memory: String, disks: [String], savedAs saved: TestbedSpecification.Machine) async throws -> String? {
        guard try await state() == .off else {
            throw TestbedError(.invalidState, "cannot restore machine \(name): it is on", hint: "destroy it first")
        }
        try makeDirectories()
        var newest: String?
        if let disk = specification.disk, !disks.isEmpty {
            for old in overlays() { unlink(old) }
            let folder = (disk as NSString).deletingLastPathComponent
            for lower in try await linkAll(disks, into: folder) { try grant("\(folder)/\(lower)", mode: 0o640) }
            let own = overlay(disks.count, of: disk)
            try await makeOverlay(own, on: overlay(disks.count - 1, of: disk))
            newest = own
        }
        try await explaining("restore") {
            let xml = Self.moved(
                try await control.savedXML(in: memory), from: saved, to: specification, disk: newest,
                emulator: identity.map { _ in Confinement.emulator })
            try await control.restore(from: memory, xml: xml, paused: true)
        }
        return newest
    }

    /// Gives files a second name in a folder, or copies them if it is on another file system.
    ///
    /// - Returns: Their names there.
    private func linkAll(_ files: [String], into folder: String) async throws -> [String] {
        var names: [String] = []
        for file in files {
            let name = (file as NSString).lastPathComponent
            names.append(name)
            let place = "\(folder)/\(name)"
            if link(file, place) == 0 { continue }
            let result = try await processes.run(["cp", "--sparse=always", file, place], timeout: 600)
            guard result.isSuccess else {
                throw TestbedError(.host, "cannot copy \(file) to \(place): \(result.standardError)", hint: "look at the free space there")
            }
        }
        return names
    }

    /// Makes an overlay beside the one it lies on, which a running QEMU may have open: its size is read from its header.
    ///
    /// The virtual size is at offset 24 of a qcow2 file, 8 bytes, the highest first (docs/interop/qcow2.txt of QEMU).
    private func makeOverlay(_ disk: String, on lower: String) async throws {
        guard let file = FileHandle(forReadingAtPath: lower), let header = try? file.read(upToCount: 32), header.count == 32 else {
            throw TestbedError(.host, "cannot read \(lower), the disk of machine \(name)")
        }
        try? file.close()
        let size = header.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        try await makeOverlay(disk, on: (lower as NSString).lastPathComponent, format: "qcow2", size: size)
    }

    /// A saved configuration with the paths of another testbed.
    ///
    /// The devices' places in the machine are only in the saved one, so that a new one would not fit its memory.
    static func moved(
        _ xml: String, from saved: TestbedSpecification.Machine, to specification: TestbedSpecification.Machine, disk: String?,
        emulator: String?
    ) -> String {
        var xml = xml
        for (old, new) in [(saved.console, specification.console), (saved.steps, specification.steps)] {
            xml = xml.replacingOccurrences(of: "'\(XMLText.escape(old))'", with: "'\(XMLText.escape(new))'")
        }
        // The one disk, whichever overlay it was, and without the chain below it, which libvirt then reads from the files.
        xml = xml.replacingOccurrences(of: "(?s)<backingStore.*</backingStore>|<backingStore[^>]*/>", with: "", options: .regularExpression)
        // Those of an earlier version say the system's own QEMU.
        if let emulator {
            xml = xml.replacingOccurrences(
                of: "<emulator>[^<]*</emulator>", with: "<emulator>\(emulator)</emulator>", options: .regularExpression)
        }
        guard let disk else { return xml }
        return xml.replacingOccurrences(
            of: "<source file='[^']*'", with: NSRegularExpression.escapedTemplate(for: "<source file='\(XMLText.escape(disk))'"),
            options: .regularExpression)
    }
}
