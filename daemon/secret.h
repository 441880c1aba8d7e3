#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "rules/result.h"

// Words that must not leave the process but through the one sink that needs them.
namespace revisitd::daemon {

// Bytes that no log, page, error or test failure shows: printing one prints "<secret>". Wiped when
// destroyed.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  // The bytes, for the sink.
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }

  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  void wipe();
  std::string value_;
};
std::ostream& operator<<(std::ostream& out, const Secret& secret);

// Where a secret comes from: written in the configuration, or the file whose path stands there. At
// most one is set.
struct SecretSource {
  Secret inline_value;
  std::string file;

  [[nodiscard]] bool configured() const { return !inline_value.empty() || !file.empty(); }
};

// Reads a source whenever it is asked, a file only when it has changed since. White space at the
// end of a file is no part of the secret. Files that are empty, over 64 KiB or no regular file are
// refused; the last good value then stays in use and problem() says why.
class SecretReader {
 public:
  explicit SecretReader(SecretSource source) : source_(std::move(source)) {}

  // The error names the file and never its content.
  Result<Secret> current();
  // Why the last reading was refused, and whether a value from before stays in use; "" when all is
  // well.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] bool configured() const { return source_.configured(); }

 private:
  SecretSource source_;
  Secret last_;
  std::string stamp_;  // identity, size and change time of the file that gave last_
  std::string problem_;
};

// `text` with every occurrence of the secret replaced by "<secret>"; secrets shorter than 4 bytes
// are left alone.
std::string without_secret(std::string text, const Secret& secret);

}  // namespace revisitd::daemon
