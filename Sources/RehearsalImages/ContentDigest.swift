import Crypto
import Foundation

/// A SHA-256 over everything that an artefact is made from. The artefact is cached under this name.
public struct ContentDigest {
    private var hash = SHA256()

    /// Starts with nothing added.
    public init() {}

    /// Adds a text with a label. The label and the length keep one text apart from the next.
    public mutating func add(_ label: String, _ text: String) {
        hash.update(data: Data("\(label)\u{0}\(text.utf8.count)\u{0}\(text)".utf8))
    }

    /// Adds a file or a whole directory: relative paths, modes, link targets and contents, in the order of the paths.
    ///
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
            let mode = (attributes[.posixPermissions] as? Int) ?? 0
            switch attributes[.type] as? FileAttributeType {
            case .typeSymbolicLink?:
                add("\(label)/\(path)", "link " + (try manager.destinationOfSymbolicLink(atPath: url.path)))
            case .typeRegular?:
                guard let data = manager.contents(atPath: url.path) else {
                    throw ImageError(.recipe, "cannot read \(url.path)")
                }
                add("\(label)/\(path)", "file \(String(mode, radix: 8)) \(data.count)")
                hash.update(data: data)
            default:
                continue
            }
        }
    }

    /// The digest in hexadecimal, cut to 20 characters (80 bits): enough for a cache on one machine, short enough to read.
    public func finalized() -> String {
        String(
            hash.finalize().map { byte in
                let text = String(byte, radix: 16)
                return text.count == 1 ? "0" + text : text
            }.joined().prefix(20))
    }
}
