#include "rules/json_reader.h"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>

namespace revisitd::rules {
namespace {

namespace json = boost::json;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostDepth = 64;

template <class T>
T parse_as(std::string_view raw) {
  try {
    return Json::parse(raw).get<T>();
  } catch (const Json::exception& e) {
    throw JsonReadError(e.what());
  }
}

// Nothing for what is out of range.
template <class Number>
std::optional<Number> converted(std::string_view digits) {
  Number value{};
  const char* const end = digits.data() + digits.size();
  const auto [last, error] = std::from_chars(digits.data(), end, value);
  return error == std::errc{} && last == end ? std::optional(value) : std::nullopt;
}

double to_double(std::string_view digits) {
  const auto value = converted<double>(digits);
  return value ? *value : parse_as<double>(digits);
}

}  // namespace

// What the parser tells, in the names and types that it wants.
class JsonReader::Handler {
 public:
  using Error = json::error_code;
  static constexpr std::size_t max_object_size = SIZE_MAX, max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX, max_string_size = SIZE_MAX;

  explicit Handler(JsonReader& reader) : values_(reader.values_), chars_(reader.chars_) {}

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return add(Kind::object); }
  bool on_object_end(std::size_t, Error&) { return add(Kind::end); }
  bool on_array_begin(Error&) { return add(Kind::array); }
  bool on_array_end(std::size_t, Error&) { return add(Kind::end); }
  bool on_key_part(json::string_view part, std::size_t, Error&) { return append(part); }
  bool on_key(json::string_view rest, std::size_t, Error&) { return add(Kind::key, rest); }
  bool on_string_part(json::string_view part, std::size_t, Error&) { return append(part); }
  bool on_string(json::string_view rest, std::size_t, Error&) { return add(Kind::text, rest); }
  bool on_number_part(json::string_view part, Error&) { return append(part); }
  bool on_int64(std::int64_t, json::string_view rest, Error&) { return add(Kind::whole, rest); }
  bool on_uint64(std::uint64_t, json::string_view rest, Error&) { return add(Kind::whole, rest); }
  bool on_double(double, json::string_view rest, Error&) { return add(Kind::fraction, rest); }
  bool on_bool(bool value, Error&) { return add(value ? Kind::yes : Kind::no); }
  bool on_null(Error&) { return add(Kind::null); }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }

 private:
  bool append(json::string_view part) {
    chars_.append(part.data(), part.size());
    return true;
  }
  bool add(Kind kind, json::string_view rest = {}) {
    append(rest);
    values_.push_back({kind, begin_, static_cast<std::uint32_t>(chars_.size()) - begin_});
    begin_ = static_cast<std::uint32_t>(chars_.size());
    return true;
  }

  std::vector<Value>& values_;
  std::string& chars_;
  std::uint32_t begin_ = 0;  // of what is told in parts
};

JsonReader::JsonReader(std::string_view text) {
  if (text.size() > UINT32_MAX) throw JsonReadError("expected at most 4 GiB of JSON");
  chars_.reserve(text.size());
  values_.reserve(text.size() / 6 + 1);
  json::parse_options options;
  options.max_depth = kMostDepth;
  json::basic_parser<Handler> parser(options, *this);
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error || read < text.size())
    throw JsonReadError("expected JSON, found " + (error ? error.message() : "more behind it") +
                        " at byte " + std::to_string(read));
  values_.push_back({Kind::end, 0, 0});
}

void JsonReader::expected(std::string_view what) const {
  std::string message = "expected " + std::string(what);
  if (!key_.empty()) message.append(" in \"").append(key_).append("\"");
  throw JsonReadError(message);
}

void JsonReader::missing(std::string_view member) const {
  throw JsonReadError("expected an object with \"" + std::string(member) + "\"");
}

void JsonReader::open(Kind kind, std::string_view name) {
  if (!next_is(kind)) expected(name);
  ++at_;
}

bool JsonReader::closes() {
  if (!next_is(Kind::end)) return false;
  ++at_;
  return true;
}

std::string_view JsonReader::take_key() { return key_ = text_of(take()); }

std::string_view JsonReader::text() {
  if (!next_is(Kind::text)) expected("a text");
  return text_of(take());
}

std::string_view JsonReader::take_number() {
  if (!next_is(Kind::whole) && !next_is(Kind::fraction)) expected("a number");
  return text_of(take());
}

template <std::integral Int>
Int JsonReader::integer() {
  const std::string_view digits = take_number();
  if (const auto value = converted<Int>(digits)) return *value;
  // Both ends as doubles: the greatest itself may be none.
  constexpr double kLeast = static_cast<double>(std::numeric_limits<Int>::min());
  const bool whole = digits.find_first_of(".eE") == std::string_view::npos;
  const double value = to_double(digits);
  if (whole || value < kLeast || value >= -kLeast)
    expected("a whole number of " + std::to_string(8 * sizeof(Int)) + " bits");
  return static_cast<Int>(value);
}
template int JsonReader::integer();
template std::int64_t JsonReader::integer();

std::optional<std::int64_t> JsonReader::integer_if_any() {
  if (next_is(Kind::whole)) return integer<std::int64_t>();
  skip();
  return std::nullopt;
}

double JsonReader::number() {
  const bool whole = next_is(Kind::whole);
  const std::string_view digits = take_number();
  // -0 without a point is the whole number zero.
  if (const auto value = whole ? converted<std::int64_t>(digits) : std::nullopt)
    return static_cast<double>(*value);
  return to_double(digits);
}

bool JsonReader::boolean() {
  if (!next_is(Kind::yes) && !next_is(Kind::no)) expected("true or false");
  return take().kind == Kind::yes;
}

bool JsonReader::null() {
  const bool is = next_is(Kind::null);
  if (is) ++at_;
  return is;
}

Json JsonReader::tree() {
  const Value& value = take();
  const std::string_view text = text_of(value);
  Json tree;
  switch (value.kind) {
    case Kind::object:
      for (tree = Json::object(); !closes();) {
        const std::string_view key = take_key();
        tree[std::string(key)] = this->tree();
      }
      break;
    case Kind::array:
      for (tree = Json::array(); !closes();) tree.push_back(this->tree());
      break;
    case Kind::text:
      tree = text;
      break;
    case Kind::whole:
    case Kind::fraction:
      tree = parse_as<Json>(text);
      break;
    case Kind::yes:
    case Kind::no:
      tree = value.kind == Kind::yes;
      break;
    case Kind::null:
    case Kind::key:  // read with the object
    case Kind::end:
      break;
  }
  return tree;
}

void JsonReader::skip() {
  int depth = 0;
  do {
    const Kind kind = take().kind;
    if (kind == Kind::object || kind == Kind::array) ++depth;
    if (kind == Kind::end) --depth;
  } while (depth > 0);
}

}  // namespace revisitd::rules
