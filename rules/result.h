#pragma once

#include <string>
#include <utility>
#include <variant>

// The two error channels of the project: an expected outcome is a value (Result), a broken world is
// an exception, caught once per round or session.
namespace revisitd {

// Why something expected did not work, in words for the person who can mend it. No trailing full
// stop.
struct Error {
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

// Either a T or an E that says why there is none. Test with `if (result)`, then `*result` or
// `result->`; reading the side that is not there throws std::bad_variant_access.
template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : either_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: a value is a result
  Result(E error) : either_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: so is an error

  [[nodiscard]] bool has_value() const { return either_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return std::get<0>(either_); }
  const T& operator*() const& { return std::get<0>(either_); }
  T&& operator*() && { return std::get<0>(std::move(either_)); }
  T* operator->() { return &std::get<0>(either_); }
  const T* operator->() const { return &std::get<0>(either_); }

  [[nodiscard]] const E& error() const { return std::get<1>(either_); }

 private:
  std::variant<T, E> either_;
};

// A result with nothing to say when all is well: `return Ok{};`.
struct Ok {};
using Status = Result<Ok>;

}  // namespace revisitd
