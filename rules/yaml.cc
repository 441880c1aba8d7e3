#include "rules/yaml.h"

#include <yaml.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/replace.hpp>
#include <cstdint>
#include <map>
#include <new>

namespace revisitd::rules {
namespace {

constexpr std::size_t kExpansion = 4;  // aliases may blow a text up to this many times max_bytes
constexpr std::size_t kFewKeys = 16;   // of a map that are looked through one by one

// Ends a reading; never escapes parse_yaml.
struct Refusal {
  Place place;
  std::string message;
};

// What libyaml counts in characters, in bytes. Marks come in the order of the text, so one walk
// through it is enough; who asks for an earlier one pays for its line.
class Columns {
 public:
  explicit Columns(std::string_view text) : text_(text) {}

  [[nodiscard]] Place place(const yaml_mark_t& mark) {
    while (line_ < mark.line) {
      const std::size_t end = text_.find('\n', begin_);
      if (end == std::string_view::npos) break;
      begin_ = at_ = end + 1;
      column_ = 0;
      ++line_;
    }
    if (line_ > mark.line) {
      *this = Columns(text_);
      return place(mark);
    }
    if (column_ > mark.column) {
      at_ = begin_;
      column_ = 0;
    }
    for (; column_ < mark.column && at_ < text_.size(); ++column_) {
      ++at_;
      while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xC0U) == 0x80U) ++at_;
    }
    return {static_cast<int>(mark.line) + 1, static_cast<int>(at_ - begin_) + 1};
  }

 private:
  std::string_view text_;
  std::size_t line_ = 0, column_ = 0;  // from 0, in characters
  std::size_t begin_ = 0, at_ = 0;     // of the line, and of the column, in bytes
};

std::string text_of(const yaml_char_t* text, std::size_t length) {
  return {reinterpret_cast<const char*>(text), length};  // NOLINT: libyaml's characters are bytes
}
std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);  // NOLINT: the same
}

// The line and the paragraph separator end lines in YAML 1.1, which libyaml reads, and are
// characters like others since 1.2: characters for private use that the text does not hold stand in
// for them, of as many bytes.
class Separators {
 public:
  explicit Separators(std::string& text) {
    unsigned next = 0;
    for (std::size_t i = 0; i < kSeparators.size(); ++i) {
      if (text.find(kSeparators[i]) == std::string::npos) continue;
      std::string free = private_use(next++);
      while (next < kPrivateUse && text.find(free) != std::string::npos) free = private_use(next++);
      if (next == kPrivateUse) return;
      boost::replace_all(text, kSeparators[i], free);
      stand_ins_[i] = std::move(free);
    }
  }

  void put_back(std::string& text) const {
    for (std::size_t i = 0; i < kSeparators.size(); ++i) {
      if (!stand_ins_[i].empty()) boost::replace_all(text, stand_ins_[i], kSeparators[i]);
    }
  }

 private:
  static constexpr std::array<const char*, 2> kSeparators = {"\xE2\x80\xA8", "\xE2\x80\xA9"};
  static constexpr unsigned kPrivateUse = 0x1000;  // from U+E000

  static std::string private_use(unsigned which) {
    const auto part = [&](unsigned shift) {
      return static_cast<char>(0x80U | ((which >> shift) & 0x3FU));
    };
    return {'\xEE', part(6), part(0)};
  }

  std::array<std::string, 2> stand_ins_;
};

bool is_null(std::string_view plain) {
  return plain.empty() || plain == "~" || plain == "null" || plain == "Null" || plain == "NULL";
}

// Builds the tree from libyaml's events. Its own document tree would take duplicate keys silently
// and load `&x [*x]` as a cycle. A key that is there already is told and left out, so that whoever
// reads the tree finds the other mistakes, too.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, const Separators& separators, const YamlOptions& options,
              Findings& findings)
      : columns_(text), separators_(separators), options_(options), findings_(findings) {}

  std::vector<YamlNode> take() { return std::move(documents_); }
  [[nodiscard]] Place place(const yaml_mark_t& mark) {
    const Place here = columns_.place(mark);
    return {here.line + options_.line_offset, here.column + options_.column_offset};
  }

  void take(const yaml_event_t& event) {
    // A block's end stands where the next thing begins, so places would go back behind it.
    if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) return end();
    const Place at = place(event.start_mark);
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        return begin_document(at);
      case YAML_ALIAS_EVENT:
        return take_alias(at, text_of(event.data.alias.anchor));
      case YAML_SCALAR_EVENT:
        return take_scalar(at, event);
      case YAML_SEQUENCE_START_EVENT:
        refuse_tag(at, event.data.sequence_start.tag);
        return begin(YamlNode::Kind::list, at, text_of(event.data.sequence_start.anchor));
      case YAML_MAPPING_START_EVENT:
        refuse_tag(at, event.data.mapping_start.tag);
        return begin(YamlNode::Kind::map, at, text_of(event.data.mapping_start.anchor));
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
      case YAML_NO_EVENT:
      case YAML_STREAM_START_EVENT:
      case YAML_STREAM_END_EVENT:
      case YAML_DOCUMENT_END_EVENT:
        return;
    }
  }

 private:
  struct Open {
    YamlNode node;
    std::string anchor;
    bool has_key = false;  // a map's key waits for its value
    bool again = false;    // and was there before
    std::string key;
    Place key_place;
    // The lines of the keys so far; of the first few no list is made.
    std::map<std::string, int, std::less<>> lines;

    // Where the key stands already; 0 where it does not.
    [[nodiscard]] int line_of(const std::string& wanted) const {
      if (node.entries.size() > kFewKeys) {
        const auto known = lines.find(wanted);
        return known != lines.end() ? known->second : 0;
      }
      for (const YamlEntry& entry : node.entries) {
        if (entry.key == wanted) return entry.place.line;
      }
      return 0;
    }
    // A new key stands behind all others.
    void note_key() {
      if (node.entries.size() < kFewKeys) return;
      if (lines.empty()) {
        for (const YamlEntry& entry : node.entries) lines.emplace(entry.key, entry.place.line);
      }
      lines.emplace(key, key_place.line);
    }
  };

  [[nodiscard]] bool at_key() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().has_key;
  }

  void begin_document(Place at) {
    if (!documents_.empty() && !options_.documents)
      throw Refusal{at, "a second document begins here, expected one"};
    documents_.emplace_back();
    anchors_.clear();
  }

  void take_scalar(Place at, const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    refuse_tag(at, scalar.tag);
    std::string text = text_of(scalar.value, scalar.length);
    separators_.put_back(text);
    const bool quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
    const bool null = !quoted && is_null(text);
    if (at_key()) {
      if (null) throw Refusal{at, "a key is missing, expected text before the colon"};
      if (scalar.anchor != nullptr) throw Refusal{at, "an anchor cannot stand on a key"};
      take_key(at, std::move(text), quoted);
      return;
    }
    YamlNode node;
    node.place = at;
    if (!null) {
      node.kind = YamlNode::Kind::scalar;
      node.text = std::move(text);
      node.quoted = quoted;
    } else if (event.start_mark.index == event.end_mark.index && !open_.empty() &&
               open_.back().node.kind == YamlNode::Kind::map) {
      node.place = open_.back().key_place;
    }
    finish(std::move(node), text_of(scalar.anchor));
  }

  void take_alias(Place at, const std::string& anchor) {
    if (!options_.aliases) throw Refusal{at, "aliases (`*name`) are not allowed here"};
    if (at_key()) throw Refusal{at, "an alias cannot be a key, expected text"};
    const auto inside = [&](const Open& open) { return open.anchor == anchor; };
    if (std::any_of(open_.begin(), open_.end(), inside))
      throw Refusal{at, "the alias stands inside its own anchor"};
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      throw Refusal{
          at, "no anchor `&" + printable(anchor.substr(0, 60)) + "` stands before this alias"};
    }
    YamlNode copy = known->second;
    count(copy, at, static_cast<int>(open_.size()) + 1);
    attach(std::move(copy));
  }

  static void refuse_tag(Place at, const yaml_char_t* tag) {
    if (tag != nullptr) throw Refusal{at, "tags (`!name`) are not allowed"};
  }

  void take_key(Place at, std::string key, bool quoted) {
    Open& map = open_.back();
    if (key == "<<" && !quoted) throw Refusal{at, "merge keys (`<<`) are not allowed"};
    const int first = map.line_of(key);
    if (first != 0) {
      findings_.error(at, "duplicate key `" + printable(key.substr(0, 60)) +
                              "`, first given in line " + std::to_string(first));
    }
    count_bytes(key.size(), at);
    map.has_key = true;
    map.again = first != 0;
    map.key = std::move(key);
    map.key_place = at;
    if (!map.again) map.note_key();
  }

  void begin(YamlNode::Kind kind, Place at, std::string anchor) {
    if (at_key()) throw Refusal{at, "a key must be text, found a list or a map"};
    if (static_cast<int>(open_.size()) >= options_.max_depth) {
      throw Refusal{at, "nested deeper than " + std::to_string(options_.max_depth)};
    }
    Open open;
    open.node.kind = kind;
    open.node.place = at;
    open.anchor = std::move(anchor);
    open_.push_back(std::move(open));
  }

  void end() {
    YamlNode node = std::move(open_.back().node);
    const std::string anchor = std::move(open_.back().anchor);
    open_.pop_back();
    finish(std::move(node), anchor);
  }

  void finish(YamlNode node, const std::string& anchor) {
    count_node(node.place);
    count_bytes(node.text.size(), node.place);
    if (!anchor.empty()) {
      if (!options_.aliases) throw Refusal{node.place, "anchors (`&name`) are not allowed here"};
      anchors_[anchor] = node;
    }
    attach(std::move(node));
  }

  void attach(YamlNode node) {
    if (open_.empty()) {
      documents_.back() = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::map) {
      parent.has_key = false;
      if (parent.again) return;
      parent.node.entries.push_back({std::move(parent.key), parent.key_place, std::move(node)});
    } else {
      parent.node.items.push_back(std::move(node));
    }
  }

  // Counts what an alias stands for as if it were written out.
  void count(const YamlNode& node, Place at, int depth) {
    if (depth > options_.max_depth + 1) {
      throw Refusal{at, "nested deeper than " + std::to_string(options_.max_depth)};
    }
    count_node(at);
    count_bytes(node.text.size(), at);
    for (const YamlNode& item : node.items) count(item, at, depth + 1);
    for (const YamlEntry& entry : node.entries) {
      count_bytes(entry.key.size(), at);
      count(entry.value, at, depth + 1);
    }
  }
  void count_node(Place at) {
    if (++nodes_ > options_.max_nodes) {
      throw Refusal{at, "more than " + std::to_string(options_.max_nodes) + " values"};
    }
  }
  void count_bytes(std::size_t bytes, Place at) {
    bytes_ += bytes;
    if (bytes_ > kExpansion * options_.max_bytes) throw Refusal{at, "aliases expand to too much"};
  }

  Columns columns_;
  const Separators& separators_;
  const YamlOptions& options_;
  Findings& findings_;
  std::vector<YamlNode> documents_;
  std::vector<Open> open_;
  std::map<std::string, YamlNode> anchors_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

std::string encode_utf8(std::uint32_t code) {  // of a code point past the basic plane
  const auto part = [&](int shift) { return static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
  return {static_cast<char>(0xF0U | code >> 18), part(12), part(6), part(0)};
}

// The value of `\uXXXX` at the front of `text` when it lies in [first, first + 0x400).
std::optional<std::uint32_t> surrogate(std::string_view text, std::uint32_t first) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  std::uint32_t code = 0;
  for (const char c : text.substr(2, 4)) {
    const std::size_t digit =
        std::string_view("0123456789abcdef")
            .find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
    if (digit == std::string_view::npos) return std::nullopt;
    code = code << 4 | static_cast<std::uint32_t>(digit);
  }
  if (code < first || code >= first + 0x400) return std::nullopt;
  return code - first;
}

// JSON writes characters past the basic plane as two escapes, which YAML does not know. In JSON
// every backslash stands in a string, so they can be replaced without parsing.
std::string join_surrogates(std::string_view json) {
  std::string result;
  for (std::size_t at = 0; at < json.size();) {
    const std::string_view rest = json.substr(at);
    const auto high = surrogate(rest, 0xD800);
    const auto low = high ? surrogate(rest.substr(6), 0xDC00) : std::nullopt;
    if (high && low) {
      result += encode_utf8(0x10000 + (*high << 10 | *low));
      at += 12;
      continue;
    }
    const std::size_t length = rest.starts_with('\\') ? 2 : 1;
    result += rest.substr(0, length);
    at += length;
  }
  return result;
}

Place shifted(Place place, const YamlOptions& options) {
  return {place.line + options.line_offset, place.column + options.column_offset};
}

// One event after the other; what the parser and an event hold is given back.
class Events {
 public:
  explicit Events(std::string_view text) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &parser_, reinterpret_cast<const unsigned char*>(text.data()),  // NOLINT: bytes
        text.size());
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  ~Events() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }

  // nullptr when it cannot be read on.
  const yaml_event_t* next() {
    yaml_event_delete(&event_);
    return yaml_parser_parse(&parser_, &event_) == 0 ? nullptr : &event_;
  }
  [[nodiscard]] const yaml_parser_t& parser() const { return parser_; }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

Refusal refusal_of(const yaml_parser_t& parser, std::string_view text, TreeBuilder& builder,
                   const YamlOptions& options) {
  if (parser.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
  const std::string problem = parser.problem == nullptr ? "it cannot be read" : parser.problem;
  if (parser.error == YAML_READER_ERROR)
    return {shifted(place_of(text, parser.problem_offset), options), "not valid YAML: " + problem};
  std::string message = "not valid YAML: " + problem;
  if (parser.context != nullptr) {
    message += std::string(" ") + parser.context;
    if (parser.context_mark.line != parser.problem_mark.line)
      message +=
          " that begins in line " +
          std::to_string(static_cast<int>(parser.context_mark.line) + 1 + options.line_offset);
  }
  return {builder.place(parser.problem_mark), std::move(message)};
}

std::vector<YamlNode> parse_documents(std::string text, const YamlOptions& options,
                                      Findings& findings) {
  const Separators separators(text);
  Events events(text);
  TreeBuilder builder(text, separators, options, findings);
  while (true) {
    const yaml_event_t* event = events.next();
    if (event == nullptr) throw refusal_of(events.parser(), text, builder, options);
    if (event->type == YAML_STREAM_END_EVENT) break;
    builder.take(*event);
  }
  std::vector<YamlNode> documents = builder.take();
  if (documents.empty()) documents.emplace_back();
  return documents;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const YamlEntry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::vector<YamlNode> parse_yaml(std::string_view text, const YamlOptions& options,
                                 Findings& findings) {
  if (text.size() > options.max_bytes) {
    findings.error({}, "larger than " + std::to_string(options.max_bytes) + " bytes");
    return {};
  }
  text = without_bom(text);
  if (const auto dirt = unclean(text)) {
    findings.error(shifted(dirt->first, options), dirt->second);
    return {};
  }
  try {
    return parse_documents(options.json ? join_surrogates(text) : std::string(text), options,
                           findings);
  } catch (const Refusal& refusal) {
    findings.error(refusal.place, refusal.message);
    return {};
  }
}

}  // namespace revisitd::rules
