import Foundation
import RehearsalHost

/// A SHA-256 over everything that an artefact is made from. The artefact is cached under this name.
public struct ContentDigest {
    private var sum = SHA256Sum()

    /// Starts with nothing added.
    public init() {}

    /// Adds a text with a label. The label and the length keep one text apart from the next.
    public mutating func add(_ label: String, _ text: String) {
        sum.add(Data("\(label)\u{0}\(text.utf8.count)\u{0}\(text)".utf8))
    }

    /// Adds a file or a whole directory: relative paths, link targets, contents and whether they may be executed, in the order of the paths.
    ///
    /// What else a file's mode says depends on the umask of whoever cloned the repository.
    /// - Throws: ``ImageError`` if a file cannot be read.
    mutating func add(_ label: String, tree root: URL) throws {
        let manager = FileManager.default
        var isDirectory: ObjCBool = false
        guard manager.fileExists(atPath: root.path, isDirectory: &isDirectory) else {
            return add(label, "absent")
        }
        let paths = isDirectory.boolValue ? (try manager.subpathsOfDirectory(atPath: root.path)).sorted() : [""]
        for path in paths {
            let url = path.isEmpty ? root : root.appendingPathComponent(path)
            let attributes = try manager.attributesOfItem(atPath: url.path)
            let mode = FileMode.shipped(attributes)
            switch attributes[.type] as? FileAttributeType {
            case .typeSymbolicLink?:
                add("\(label)/\(path)", "link " + (try manager.destinationOfSymbolicLink(atPath: url.path)))
            case .typeRegular?:
                guard let data = manager.contents(atPath: url.path) else {
                    throw ImageError(.recipe, "cannot read \(url.path)")
                }
                add("\(label)/\(path)", "file \(String(mode, radix: 8)) \(data.count)")
                sum.add(data)
            default:
                continue
            }
        }
    }

    /// The digest in hexadecimal, cut to 20 characters (80 bits): enough for a cache on one machine, short enough to read.
    public func finalized() -> String {
        String(sum.hexadecimal().prefix(20))
    }
}
