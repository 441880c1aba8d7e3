#pragma once

#include <concepts>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace revisitd::rules {

// What was expected of a text, and of which member; or what the JSON library says of it.
class JsonReadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A member of an object: read() reads its value.
template <class Read>
struct JsonMember {
  std::string_view name;
  Read read;
  bool required = true;
  bool seen = false;
};
template <class Read>
JsonMember<Read> required_member(std::string_view name, Read read) {
  return {name, std::move(read), true};
}
template <class Read>
JsonMember<Read> optional_member(std::string_view name, Read read) {
  return {name, std::move(read), false};
}

// Reads JSON value by value into what the caller builds. Boost.JSON's parser takes the text apart
// into a list of values, which takes a fifth of the time of a tree; numbers keep their text and are
// converted here, because its own doubles differ in the last digit at times. What is said of texts
// and numbers is what nlohmann-json says of them. Every call reads the next value and throws
// JsonReadError where it is another than expected.
class JsonReader {
 public:
  // Throws JsonReadError for what is no JSON, at most 64 values deep; `text` may go.
  explicit JsonReader(std::string_view text);

  // Calls member(key), which must read the value, for each member in turn; also for each of those
  // that have the same key.
  template <class Member>
  void object(Member member) {
    open(Kind::object, "an object");
    while (!closes()) member(take_key());
  }
  // An object of these members, and others, which are passed over. Of those that have the same key
  // all are read, in turn.
  template <class... Reads>
  void members(JsonMember<Reads>... members) {
    object([&](std::string_view key) {
      if (!((members.name == key && (members.read(), members.seen = true)) || ...)) skip();
    });
    ((members.required && !members.seen ? missing(members.name) : void()), ...);
  }
  // Calls element(position), which must read the value, for each element; gives their number.
  template <class Element>
  std::size_t array(Element element) {
    std::size_t position = 0;
    open(Kind::array, "an array");
    while (!closes()) element(position++);
    return position;
  }

  // An array with an element for each read(), which must read it, and perhaps more, which are
  // passed over. Gives how many there were: at least that of the reads, or else not all was read.
  template <class... Reads>
  std::size_t elements(Reads... reads) {
    return array([&](std::size_t position) {
      std::size_t at = 0;
      if (!((at++ == position && (reads(), true)) || ...)) skip();
    });
  }

  // As long as the reader.
  std::string_view text();
  // Fractions are cut off; what an Int cannot hold is refused. Int is int or std::int64_t.
  template <std::integral Int>
  Int integer();
  // Nothing for what is no whole number.
  std::optional<std::int64_t> integer_if_any();
  double number();
  bool boolean();
  // Whether the next value is null, which is read then.
  bool null();
  nlohmann::ordered_json tree();
  void skip();

 private:
  class Handler;
  enum class Kind : std::uint8_t { object, array, end, key, text, whole, fraction, yes, no, null };
  struct Value {
    Kind kind;
    std::uint32_t begin, size;  // of its text in chars_; of a key, a text and a number
  };

  [[nodiscard]] bool next_is(Kind kind) const { return values_[at_].kind == kind; }
  [[nodiscard]] std::string_view text_of(const Value& value) const {
    return std::string_view(chars_).substr(value.begin, value.size);
  }
  // Reads past the next value; never past the end behind them all.
  const Value& take() { return values_[at_ + 1 < values_.size() ? at_++ : at_]; }
  [[noreturn]] void expected(std::string_view what) const;
  [[noreturn]] void missing(std::string_view member) const;
  void open(Kind kind, std::string_view name);
  bool closes();
  std::string_view take_key();
  std::string_view take_number();

  std::vector<Value> values_;  // in the order of the text; objects and arrays have an end
  std::string chars_;
  std::size_t at_ = 0;
  std::string_view key_;  // the last one read, for errors
};

}  // namespace revisitd::rules
