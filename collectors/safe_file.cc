#include "collectors/safe_file.h"

// The newer interface loads OpenSSL's providers and configuration first: 5 ms and 200 KB at every
// start, for a plain hash of a few kilobytes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>

namespace revisitd::collectors {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

FileError failure(const std::string& path, int error) {
  const FileProblem problem =
      error == ENOENT || error == ENOTDIR ? FileProblem::missing : FileProblem::unreadable;
  return {problem, path + ": " + std::generic_category().message(error)};
}

const char* kind_name(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "no file";
}

std::optional<FileError> refusal(const std::string& path, const struct stat& found,
                                 std::size_t max_bytes) {
  if (!S_ISREG(found.st_mode)) {
    return FileError{FileProblem::refused,
                     path + ": is " + kind_name(found.st_mode) + ", expected a regular file"};
  }
  if (static_cast<std::uint64_t>(found.st_size) > max_bytes) {
    return FileError{FileProblem::too_large, path + ": has " + std::to_string(found.st_size) +
                                                 " bytes, expected at most " +
                                                 std::to_string(max_bytes)};
  }
  return std::nullopt;
}

bool same(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         same(a.st_mtim, b.st_mtim) && same(a.st_ctim, b.st_ctim);
}

// Up to `max_bytes` + 1 bytes, so that the caller sees a file that grew; errno when reading failed.
// `size` is what the file says it has, 0 where it does not know; whether it has grown meanwhile is
// looked at afterwards.
int read_all(int fd, std::size_t size, std::size_t max_bytes, std::string& text) {
  std::array<char, 64 * 1024> buffer;
  while (text.size() <= max_bytes) {
    const std::size_t want = std::min(buffer.size(), max_bytes + 1 - text.size());
    const ssize_t got = read(fd, buffer.data(), want);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return 0;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() == size) return 0;
  }
  return 0;
}

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

FileMark mark_of(const struct stat& found) {
  return {found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size),
          nanoseconds(found.st_mtim), nanoseconds(found.st_ctim)};
}

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

TimePoint time_of(const timespec& time) {
  return from_millis(static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000);
}

}  // namespace

std::optional<FileMark> mark_of(const std::string& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return std::nullopt;
  return mark_of(found);
}

ContentHash hash_content(std::string_view text) {
  ContentHash digest{};
  static_assert(sizeof digest == SHA256_DIGEST_LENGTH);
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, text.data(), text.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

std::string hex_of(const ContentHash& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  for (const unsigned char byte : hash) {
    result += kDigits[byte >> 4];
    result += kDigits[byte & 0xF];
  }
  return result;
}

std::string content_hash(std::string_view text) { return hex_of(hash_content(text)); }

std::string FileError::without(const std::string& path) const {
  return message.starts_with(path + ": ") ? message.substr(path.size() + 2) : message;
}

Result<FileContent, FileError> read_file(const std::string& path, std::size_t max_bytes) {
  struct stat before{};
  // Before opening, for opening alone makes some devices act.
  if (stat(path.c_str(), &before) != 0) return failure(path, errno);
  if (auto refused = refusal(path, before, max_bytes)) return *refused;
  const std::int64_t began = now_ns();
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return failure(path, errno);
  if (fstat(file.get(), &before) != 0) return failure(path, errno);
  if (auto refused = refusal(path, before, max_bytes)) return *refused;

  FileContent content;
  const auto size = static_cast<std::size_t>(before.st_size);
  if (const int failed = read_all(file.get(), size, max_bytes, content.text)) {
    return failure(path, failed);
  }
  struct stat after{};
  if (fstat(file.get(), &after) != 0) return failure(path, errno);
  if (!same(before, after) || content.text.size() != static_cast<std::size_t>(after.st_size)) {
    return FileError{FileProblem::changing, path + ": was written to while it was read"};
  }
  content.hash = hash_content(content.text);
  content.modified = time_of(after.st_mtim);
  content.mark = mark_of(after);
  content.unchanged = std::chrono::duration_cast<Duration>(
      std::chrono::nanoseconds(began - content.mark.changed_ns));
  return content;
}

}  // namespace revisitd::collectors
