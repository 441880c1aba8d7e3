#include "storage/mark_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>

namespace revisitd::storage {
namespace {

constexpr std::string_view kTitle = "revisitd 1 ";
constexpr std::string_view kClean = " clean \n", kInUse = " in use\n", kBroken = " broken\n";
constexpr std::size_t kIdentityDigits = 32;
constexpr std::size_t kStepDigits = 19;

bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Under another name first, so that a kill leaves no mark or a whole one.
void create(const StorageDirectory& directory, const Mark& mark) {
  const std::string name = std::string(StorageDirectory::kMark) + ".new";
  const std::string text = format_mark(mark);
  const FileHandle handle = directory.open_file(name, O_RDWR | O_CREAT | O_TRUNC);
  if (::pwrite(handle.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ::fsync(handle.get()) != 0 ||
      ::renameat(directory.descriptor(), name.c_str(), directory.descriptor(),
                 StorageDirectory::kMark) != 0) {
    throw system_error(directory.file(name), errno);
  }
  directory.sync();
}

}  // namespace

std::string format_mark(const Mark& mark) {
  const std::string step = std::to_string(mark.step);
  const std::string_view end = mark.broken ? kBroken : mark.clean ? kClean : kInUse;
  return std::string(kTitle) + mark.identity + " " + std::string(kStepDigits - step.size(), '0') +
         step + std::string(end);
}

std::optional<Mark> parse_mark(std::string_view text) {
  if (!text.starts_with(kTitle)) {
    return std::nullopt;
  }
  Mark mark;
  text.remove_prefix(kTitle.size());
  mark.identity = text.substr(0, kIdentityDigits);
  text.remove_prefix(mark.identity.size());
  if (mark.identity.size() != kIdentityDigits || !is_hexadecimal(mark.identity) ||
      text.size() < kStepDigits + 2 || text.front() != ' ') {
    return std::nullopt;
  }
  const char* const step = text.data() + 1;
  const auto parsed = std::from_chars(step, step + kStepDigits, mark.step);
  if (parsed.ec != std::errc{} || parsed.ptr != step + kStepDigits || mark.step < 0) {
    return std::nullopt;
  }
  const std::string_view end = text.substr(kStepDigits + 1);
  mark.clean = end == kClean;
  mark.broken = end == kBroken;
  return mark.clean || mark.broken || end == kInUse ? std::optional(mark) : std::nullopt;
}

std::optional<Mark> MarkFile::read(const StorageDirectory& directory) {
  if (!directory.find(StorageDirectory::kMark)) {
    return std::nullopt;
  }
  const FileHandle handle = directory.open_file(StorageDirectory::kMark, O_RDONLY);
  std::array<char, 128> text{};
  const ssize_t size = ::pread(handle.get(), text.data(), text.size(), 0);
  if (size < 0) {
    throw system_error(directory.file(StorageDirectory::kMark), errno);
  }
  const auto mark = parse_mark({text.data(), static_cast<std::size_t>(size)});
  if (!mark) {
    throw StoreError(StoreTrouble::corrupt,
                     directory.file(StorageDirectory::kMark) +
                         ": is damaged, so nothing shows that the database beside it is current; "
                         "if you are sure that it is, remove the mark and start again");
  }
  return mark;
}

MarkFile::MarkFile(const StorageDirectory& directory, const Mark& mark) {
  if (!directory.find(StorageDirectory::kMark)) {
    create(directory, mark);
  }
  handle_ = directory.open_file(StorageDirectory::kMark, O_RDWR);
  write(mark);
}

void MarkFile::condemn() {
  last_.broken = true;
  write(last_);
}

void MarkFile::write(const Mark& mark) {
  const bool broken = last_.broken;
  last_ = mark;
  last_.broken = mark.broken || broken;
  const std::string text = format_mark(last_);
  (void)!::pwrite(handle_.get(), text.data(), text.size(), 0);
}

}  // namespace revisitd::storage
