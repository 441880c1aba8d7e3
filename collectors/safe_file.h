#pragma once

#include <cstdint>
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
};

struct FileContent {
  std::string text;
  std::string hash;      // SHA-256 of the text, 64 hex digits
  TimePoint modified{};  // the file's own time of last change
};

// Reads a regular file, following links. Opens without blocking, looks before it reads, reads at
// most `max_bytes`, and looks again afterwards: a file whose size, times or identity moved
// meanwhile is `changing`.
Result<FileContent, FileError> read_file(const std::string& path, std::size_t max_bytes);

// SHA-256 as 64 hex digits.
std::string content_hash(std::string_view text);

}  // namespace revisitd::collectors
