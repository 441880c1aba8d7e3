#include "daemon/secret.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ostream>
#include <utility>

namespace revisitd::daemon {
namespace {

constexpr std::size_t kLargestFile = 64 * 1024;

class OpenFile {
 public:
  // Non-blocking, so that a FIFO in the place of a file cannot hang the daemon.
  explicit OpenFile(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string stamp_of(const struct stat& info) {
  return std::to_string(info.st_dev) + ':' + std::to_string(info.st_ino) + ':' +
         std::to_string(info.st_size) + ':' + std::to_string(info.st_mtim.tv_sec) + '.' +
         std::to_string(info.st_mtim.tv_nsec) + ':' + std::to_string(info.st_ctim.tv_sec) + '.' +
         std::to_string(info.st_ctim.tv_nsec);
}

Error file_error(const std::string& path, const std::string& why) {
  return Error{"secret file " + path + ": " + why};
}

Result<std::string> read_all(const OpenFile& file, const std::string& path) {
  std::string content(kLargestFile + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = ::read(file.descriptor(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(path, std::strerror(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kLargestFile) return file_error(path, "is larger than 64 KiB");
  content.resize(size);
  content.resize(content.find_last_not_of(" \t\r\n") + 1);
  if (content.empty()) return file_error(path, "is empty");
  return content;
}

}  // namespace

void Secret::wipe() { OPENSSL_cleanse(value_.data(), value_.size()); }

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  wipe();
  value_ = other.value_;
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  wipe();
  value_ = std::exchange(other.value_, {});
  return *this;
}

Secret::~Secret() { wipe(); }

std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "<secret>"; }

Result<Secret> SecretReader::current() {
  if (source_.file.empty()) {
    if (source_.inline_value.empty()) return Error{"no secret is configured"};
    return source_.inline_value;
  }
  const auto refuse = [this](const Error& error) -> Result<Secret> {
    problem_ = error.message;
    if (last_.empty()) return error;
    problem_ += "; the last good value stays in use";
    return last_;
  };
  const OpenFile file(source_.file);
  struct stat info{};
  if (file.descriptor() < 0 || ::fstat(file.descriptor(), &info) != 0) {
    return refuse(file_error(source_.file, std::strerror(errno)));
  }
  if (!S_ISREG(info.st_mode)) return refuse(file_error(source_.file, "is not a regular file"));
  const std::string stamp = stamp_of(info);
  if (stamp == stamp_ && !last_.empty()) return last_;
  auto content = read_all(file, source_.file);
  if (!content) return refuse(content.error());
  last_ = Secret(std::move(*content));
  stamp_ = stamp;
  problem_.clear();
  return last_;
}

std::string without_secret(std::string text, const Secret& secret) {
  const std::string& bytes = secret.reveal();
  if (bytes.size() < 4) return text;
  constexpr std::string_view kShown = "<secret>";
  for (std::size_t at = text.find(bytes); at != std::string::npos;
       at = text.find(bytes, at + kShown.size())) {
    text.replace(at, bytes.size(), kShown);
  }
  return text;
}

}  // namespace revisitd::daemon
