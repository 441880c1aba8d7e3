#pragma once

#include <concepts>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace revisitd::rules {

// What was expected of a text, and where; or what the JSON library says of it.
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

// Reads JSON in one pass, value by value, into what the caller builds, because a tree of a fleet's
// states takes five times as long to build as they take to read. Numbers are exact; texts and
// numbers that are not plain are read by nlohmann-json, so that both always agree. Every call reads
// the next value and throws JsonReadError where it is another than expected. The text must outlive
// the reader.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  // Calls member(key), which must read the value, for each member in turn; also for each of those
  // that have the same key. The key is good until member() returns.
  template <class Member>
  void object(Member member) {
    open('{', "an object");
    if (take('}')) return;
    do {
      const std::string key(text());
      open(':', "a colon");
      member(std::string_view(key));
    } while (goes_on('}'));
  }
  // An object of these members, and others, which are passed over. Of those that have the same key
  // all are read, in turn.
  template <class... Reads>
  void members(JsonMember<Reads>... members) {
    object([&](std::string_view key) {
      if (!((members.name == key && (members.read(), members.seen = true)) || ...)) skip();
    });
    ((members.required && !members.seen ? expected_member(members.name) : void()), ...);
  }
  // Calls element(position), which must read the value, for each element; gives their number.
  template <class Element>
  std::size_t array(Element element) {
    std::size_t position = 0;
    open('[', "an array");
    if (take(']')) return position;
    do element(position++);
    while (goes_on(']'));
    return position;
  }

  // Good until the next call.
  std::string_view text();
  // Fractions are cut off. Int is int or std::int64_t.
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
  // After the last value: nothing may follow.
  void end();

 private:
  [[noreturn]] void expected(std::string_view what) const;
  [[noreturn]] void expected_member(std::string_view name) const;
  void skip_blanks();
  void open(char sign, std::string_view name);
  bool take(char sign);
  bool goes_on(char close);
  // The next value as it is written, if it is one.
  std::string_view cut();
  void pass_text();

  std::string_view text_;
  std::size_t at_ = 0;
  std::string unescaped_;
};

}  // namespace revisitd::rules
