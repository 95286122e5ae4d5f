public import Foundation
public import RehearsalDemo
import Subprocess

/// Makes a film or a picture of a demo, with ffmpeg and librsvg.
///
/// Pictures are drawn by their own time and not by the clock, so that the host's load changes nothing; what is the same as before is drawn
/// once.
public struct DemoVideo: Sendable {
    /// A form that other programs make.
    public enum Form: String, CaseIterable, Sendable {
        /// A film, H.264.
        case mp4
        /// A film that every page shows, with few colours and half the size.
        case gif
        /// The poster.
        case png

        /// The programs that make it, and the Debian packages that have them.
        public var programs: [(name: String, package: String)] {
            let draw = ("rsvg-convert", "librsvg2-bin")
            switch self {
            case .mp4, .gif: return [draw, ("ffmpeg", "ffmpeg")]
            case .png: return [draw]
            }
        }
    }

    private let demo: Demo
    private let palette: StagePalette

    /// Makes films of a demo.
    public init(_ demo: Demo, palette: StagePalette = .light) {
        self.demo = demo
        self.palette = palette
    }

    /// Which programs are missing, with the packages that have them; empty if the form can be made.
    public static func missing(for form: Form) -> [(name: String, package: String)] {
        let places = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return form.programs.filter { program in
            !places.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program.name)") }
        }
    }

    /// Writes a form to a file.
    ///
    /// - Throws: ``RunError`` if a program cannot be run, or fails.
    public func write(_ form: Form, to file: URL) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rehearsal-demo-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        switch form {
        case .png:
            let picture = folder.appendingPathComponent("poster.svg")
            try Data(demo.poster(palette: palette).utf8).write(to: picture)
            try await Self.run("rsvg-convert", ["--output", file.path, picture.path])
        case .mp4, .gif:
            let list = try await draw(in: folder, width: form == .gif ? 800 : 1_280)
            try await Self.run("ffmpeg", Self.input(list, folder) + arguments(form) + [file.path])
        }
    }

    /// Draws every picture once, two at a time, and lists them with their lengths as ffmpeg's concat demuxer reads it.
    private func draw(in folder: URL, width: Int) async throws -> URL {
        let pictures = demo.pictures(palette: palette)
        var list = "ffconcat version 1.0\n"
        for (index, picture) in pictures.enumerated() {
            try Data(picture.svg.utf8).write(to: folder.appendingPathComponent("\(index).svg"))
            let milliseconds = picture.to - picture.from
            list += "file \(index).png\nduration \(milliseconds / 1_000).\(String(milliseconds % 1_000 + 1_000).dropFirst())\n"
        }
        // The demuxer takes the last length from a picture that follows.
        if !pictures.isEmpty { list += "file \(pictures.count - 1).png\n" }
        let workers = 2
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<workers {
                let mine = pictures.indices.filter { $0 % workers == worker }
                group.addTask {
                    for index in mine {
                        let base = folder.appendingPathComponent("\(index)").path
                        try await Self.run("rsvg-convert", ["--width", "\(width)", "--output", "\(base).png", "\(base).svg"])
                    }
                }
            }
            try await group.waitForAll()
        }
        let file = folder.appendingPathComponent("pictures.txt")
        try Data(list.utf8).write(to: file)
        try Data(chapters.utf8).write(to: folder.appendingPathComponent("chapters.txt"))
        return file
    }

    /// The chapters as ffmpeg's metadata, in milliseconds.
    private var chapters: String {
        let play = demo.play
        return ";FFMETADATA1\n"
            + play.chapters.enumerated().map { index, chapter in
                let end = index + 1 < play.chapters.count ? play.chapters[index + 1].shown : play.map.length
                let name = chapter.name.filter { !"=;#\\\n".contains($0) }
                return "[CHAPTER]\nTIMEBASE=1/1000\nSTART=\(chapter.shown)\nEND=\(end)\ntitle=\(name)\n"
            }.joined()
    }

    private static func input(_ list: URL, _ folder: URL) -> [String] {
        [
            "-nostdin", "-loglevel", "error", "-y", "-safe", "0", "-f", "concat", "-i", list.path, "-i",
            folder.appendingPathComponent("chapters.txt").path,
        ]
    }

    private func arguments(_ form: Form) -> [String] {
        switch form {
        case .gif:
            return [
                "-filter_complex",
                "[0:v]fps=5,split[a][b];[a]palettegen=max_colors=64:stats_mode=diff[p];[b][p]paletteuse=dither=none:diff_mode=rectangle",
                "-loop", "0",
            ]
        default:
            // The same pictures give the same bytes for one build of ffmpeg and x264: a fixed number of threads, no date, no names of versions.
            return [
                "-map", "0:v", "-map_chapters", "1", "-map_metadata", "-1", "-r", "30", "-c:v", "libx264", "-preset", "veryfast", "-crf",
                "18",
                "-pix_fmt", "yuv420p", "-threads", "2", "-x264-params", "cpu-independent=1", "-fflags", "+bitexact", "-flags:v",
                "+bitexact",
                "-movflags", "+faststart",
            ]
        }
    }

    private static func run(_ program: String, _ arguments: [String]) async throws {
        let result = try await Subprocess.run(
            .name(program), arguments: Arguments(arguments), output: .discarded, error: .string(limit: 1 << 16))
        guard case .exited(0) = result.terminationStatus else {
            throw RunError(.trouble, "\(program) failed: \(result.standardError.split(separator: "\n").suffix(3).joined(separator: "; "))")
        }
    }
}
