#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/storage_directory.h"

namespace revisitd::storage {

// What is remembered about the database outside of it: whose it is and how far it had come.
struct Mark {
  std::string identity;   // of the store, 32 hexadecimal digits
  std::int64_t step = 0;  // the last change known to be durable
  bool clean = false;     // the store was closed in good order after that
  bool broken = false;    // damage was found in it while it was in use

  friend bool operator==(const Mark&, const Mark&) = default;
};

std::string format_mark(const Mark& mark);
std::optional<Mark> parse_mark(std::string_view text);

// A small file beside the database. An empty or replaced database, a lost or foreign write-ahead
// log and an old copy all look healthy from inside; against the mark they do not. It is overwritten
// in place, always the same number of bytes, after each durable commit and never before: so it may
// be behind the database, but never ahead of it.
class MarkFile {
 public:
  // Nothing where there is none. Throws `corrupt` where it cannot be read as a mark.
  static std::optional<Mark> read(const StorageDirectory& directory);

  // Opens or creates the file and writes the mark; a new file is made durable.
  MarkFile(const StorageDirectory& directory, const Mark& mark);

  // Never fails: an older mark is only a weaker witness.
  void write(const Mark& mark);
  // The database is damaged: stays so, whatever is written.
  void condemn();

 private:
  FileHandle handle_;
  Mark last_;
};

}  // namespace revisitd::storage
