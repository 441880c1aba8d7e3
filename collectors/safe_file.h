#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/result.h"
#include "rules/time.h"

// Reads files that others write, without ever waiting for them.
namespace revisitd::collectors {

enum class FileProblem {
  missing,     // nothing of that name
  refused,     // no regular file: a directory, pipe, socket or device
  unreadable,  // no permission, a loop of links, an I/O error
  too_large,   // over the caller's limit; nothing was read
  changing,    // somebody wrote to it while it was read: look again soon
};

struct FileError {
  FileProblem problem = FileProblem::unreadable;
  std::string message;  // names the file

  // The message without the name in front, for a diagnostic about the file `path`.
  [[nodiscard]] std::string without(const std::string& path) const;
};

// Tells versions of a file apart as far as its file system does.
struct FileMark {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  friend bool operator==(const FileMark&, const FileMark&) = default;
};

// SHA-256.
using ContentHash = std::array<unsigned char, 32>;

struct FileContent {
  std::string text;
  ContentHash hash{};    // of the text
  TimePoint modified{};  // the file's own time of last change
  FileMark mark;
  Duration unchanged{};  // how long before the reading its last change was
};

// Reads a regular file, following links. Opens without blocking, looks before it reads, reads at
// most `max_bytes`, and looks again afterwards: a file whose size, times or identity moved
// meanwhile is `changing`.
Result<FileContent, FileError> read_file(const std::string& path, std::size_t max_bytes);

// Of what stands at the path, following links; nothing where nothing does.
std::optional<FileMark> mark_of(const std::string& path);

ContentHash hash_content(std::string_view text);
// 64 hex digits.
std::string hex_of(const ContentHash& hash);
// hash_content() in hex.
std::string content_hash(std::string_view text);

}  // namespace revisitd::collectors
