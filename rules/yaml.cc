#include "rules/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <cstdint>
#include <map>
#include <set>
#include <sstream>

namespace revisitd::rules {
namespace {

constexpr std::size_t kExpansion = 4;  // aliases may blow a text up to this many times max_bytes

// Leaves yaml-cpp's parser from inside its callbacks; never escapes parse_yaml.
struct Refusal {
  Place place;
  std::string message;
};

// Builds the tree from yaml-cpp's events. Its own document tree would take duplicate keys silently
// and load
// `&x [*x]` as a cycle. A key that is there already is told and left out, so that whoever reads the
// tree finds the other mistakes, too.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlOptions& options, Findings& findings)
      : options_(options), findings_(findings) {}

  std::vector<YamlNode> take() { return std::move(documents_); }
  [[nodiscard]] Place place(const YAML::Mark& mark) const {
    if (mark.is_null()) return {};
    return {mark.line + 1 + options_.line_offset, mark.column + 1 + options_.column_offset};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // Before a comma by itself yaml-cpp finds one empty document after the other.
    if (!documents_.empty() && mark.pos == document_at_)
      throw Refusal{place(mark), "expected a value, which cannot begin with this"};
    document_at_ = mark.pos;
    if (!documents_.empty() && !options_.documents) {
      throw Refusal{place(mark), "a second document begins here, expected one"};
    }
    documents_.emplace_back();
    anchors_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (at_key()) throw Refusal{place(mark), "a key is missing, expected text before the colon"};
    YamlNode node;
    node.place = place(mark);
    // yaml-cpp places an absent value at whatever follows it.
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map) {
      const Place key = open_.back().key_place;
      if (node.place.line != key.line) node.place = key;
    }
    finish(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    const bool quoted = tag == "!";
    if (at_key()) {
      refuse_anchor(mark, anchor);
      take_key(mark, value, quoted);
      return;
    }
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.text = value;
    node.quoted = quoted;
    node.place = place(mark);
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!options_.aliases) throw Refusal{place(mark), "aliases (`*name`) are not allowed here"};
    if (at_key()) throw Refusal{place(mark), "an alias cannot be a key, expected text"};
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      throw Refusal{place(mark), "the alias stands inside its own anchor"};
    }
    YamlNode copy = known->second;
    count(copy, place(mark), static_cast<int>(open_.size()) + 1);
    attach(std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(YamlNode::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(YamlNode::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  // a map's key waits for its value
    bool again = false;    // and was there before
    std::string key;
    Place key_place;
    std::map<std::string, int, std::less<>> lines;  // of the keys so far
  };

  [[nodiscard]] bool at_key() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().has_key;
  }

  // yaml-cpp gives "?" to plain and "!" to quoted scalars that have no tag, and "?" or "" to the
  // rest.
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Refusal{place(mark), "tags (`!name`) are not allowed"};
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != 0) throw Refusal{place(mark), "an anchor cannot stand on a key"};
  }

  void take_key(const YAML::Mark& mark, const std::string& key, bool quoted) {
    Open& map = open_.back();
    if (key == "<<" && !quoted) throw Refusal{place(mark), "merge keys (`<<`) are not allowed"};
    const auto [first, added] = map.lines.try_emplace(key, place(mark).line);
    if (!added) {
      findings_.error(place(mark), "duplicate key `" + printable(key.substr(0, 60)) +
                                       "`, first given in line " + std::to_string(first->second));
    }
    count_bytes(key.size(), place(mark));
    map.has_key = true;
    map.again = !added;
    map.key = key;
    map.key_place = place(mark);
  }

  void begin(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor) {
    refuse_tag(mark, tag);
    if (at_key()) throw Refusal{place(mark), "a key must be text, found a list or a map"};
    if (static_cast<int>(open_.size()) >= options_.max_depth) {
      throw Refusal{place(mark), "nested deeper than " + std::to_string(options_.max_depth)};
    }
    Open open;
    open.node.kind = kind;
    open.node.place = place(mark);
    open.anchor = anchor;
    open_.push_back(std::move(open));
  }

  void end() {
    YamlNode node = std::move(open_.back().node);
    const YAML::anchor_t anchor = open_.back().anchor;
    open_.pop_back();
    finish(std::move(node), anchor);
  }

  void finish(YamlNode node, YAML::anchor_t anchor) {
    count_node(node.place);
    count_bytes(node.text.size(), node.place);
    if (anchor != 0) {
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

  const YamlOptions& options_;
  Findings& findings_;
  std::vector<YamlNode> documents_;
  int document_at_ = 0;  // where the last one began
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
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

std::vector<YamlNode> parse_documents(const std::string& text, const YamlOptions& options,
                                      Findings& findings) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  TreeBuilder builder(options, findings);
  try {
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::ParserException& e) {
    throw Refusal{builder.place(e.mark), "not valid YAML: " + e.msg};
  } catch (const YAML::Exception& e) {
    throw Refusal{builder.place(e.mark), "not valid YAML: " + e.msg};
  }
  std::vector<YamlNode> documents = builder.take();
  if (documents.empty()) documents.emplace_back();
  return documents;
}

Place shifted(Place place, const YamlOptions& options) {
  return {place.line + options.line_offset, place.column + options.column_offset};
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
