#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/findings.h"
#include "rules/quantity.h"
#include "rules/time.h"
#include "rules/yaml.h"

// Typed, strict reads of a YAML tree. Every read that does not fit puts an error with its place
// into the findings and gives nothing, so a decoder reads on and a person sees all mistakes of a
// file at once:
//
//   YamlMap map(YamlValue(document, "a target", findings));
//   target.url = map.required("url").text().value_or("");
//   target.every = map.optional("every").duration().value_or(kDefault);
//   for (const YamlValue& item : map.optional("labels").items()) …
//   map.finish();                          // every key that was not asked for is an error
//   if (findings.ok()) …
//
// Trees and findings must outlive the values and maps that read them.
namespace revisitd::rules {

// A value of the tree, or its absence: reading an absent value gives nothing and is no error.
class YamlValue {
 public:
  // `name` is what messages call the value: its key, or a phrase for the whole document.
  YamlValue(const YamlNode& node, std::string name, Findings& findings)
      : node_(&node), name_(std::move(name)), findings_(&findings) {}
  // An absent value.
  YamlValue(std::string name, Findings& findings) : name_(std::move(name)), findings_(&findings) {}

  [[nodiscard]] bool given() const { return node_ != nullptr; }
  // Given, with something written after the key.
  [[nodiscard]] bool filled() const { return given() && node_->kind != YamlNode::Kind::null; }
  [[nodiscard]] bool is_map() const { return given() && node_->kind == YamlNode::Kind::map; }
  [[nodiscard]] bool is_list() const { return given() && node_->kind == YamlNode::Kind::list; }
  [[nodiscard]] bool is_scalar() const { return given() && node_->kind == YamlNode::Kind::scalar; }
  [[nodiscard]] const YamlNode* node() const { return node_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Findings& findings() const { return *findings_; }
  // {0, 0} when absent.
  [[nodiscard]] Place place() const { return node_ ? node_->place : Place{}; }

  // Any scalar as it is written; at most max_bytes, not empty unless said so.
  [[nodiscard]] std::optional<std::string> text(std::size_t max_bytes = 64 * 1024,
                                                bool may_be_empty = false) const;
  // A name that is safe in URLs, queries and file names: [A-Za-z0-9] then [A-Za-z0-9._-]*, at most
  // 128 bytes.
  [[nodiscard]] std::optional<std::string> name_text() const;
  // `true` or `false`, plain.
  [[nodiscard]] std::optional<bool> boolean() const;
  // A plain decimal integer without leading zeros, within [least, most].
  [[nodiscard]] std::optional<long long> integer(long long least, long long most) const;
  // A plain finite decimal number ("0.5", "-3", "1e3"), within [least, most].
  [[nodiscard]] std::optional<double> number(double least, double most) const;
  [[nodiscard]] std::optional<double> number() const;
  // "7d", "1h30m".
  [[nodiscard]] std::optional<Duration> duration() const;
  [[nodiscard]] std::optional<Duration> duration(Duration least, Duration most) const;
  // "100ms", "256MiB", "80%", "2000".
  [[nodiscard]] std::optional<Quantity> quantity() const;
  // "95%" or "0.95".
  [[nodiscard]] std::optional<Share> share() const;
  // "2026-05-04" or RFC 3339.
  [[nodiscard]] std::optional<TimePoint> time() const;
  // One of the words, with a suggestion when it is none of them.
  [[nodiscard]] std::optional<std::string> one_of(const std::vector<std::string_view>& words) const;
  template <class E>
  [[nodiscard]] std::optional<E> one_of(
      std::initializer_list<std::pair<std::string_view, E>> words) const {
    std::vector<std::string_view> known;
    for (const auto& word : words) known.push_back(word.first);
    const std::optional<std::string> chosen = one_of(known);
    for (const auto& word : words) {
      if (chosen && *chosen == word.first) return word.second;
    }
    return std::nullopt;
  }

  // The items of a list; empty when absent or no list.
  [[nodiscard]] std::vector<YamlValue> items() const;
  // The values of a map with free keys, each named by its key; empty when absent or no map.
  // `key_place` of a value is the place of its key.
  [[nodiscard]] std::vector<YamlValue> entries() const;
  [[nodiscard]] Place key_place() const { return key_place_; }
  // A list of texts.
  [[nodiscard]] std::vector<std::string> texts() const;

  // Says that the value is wrong: "`name`: message", at the value.
  void error(const std::string& message) const;
  void warning(const std::string& message) const;
  // The same at a byte of the scalar's text.
  void error_at(std::size_t offset, const std::string& message) const;

 private:
  friend class YamlMap;
  // The scalar's text; an error when the value is given and is none.
  [[nodiscard]] const std::string* scalar(const char* expected, bool plain) const;
  [[nodiscard]] std::string message(const std::string& text) const;

  const YamlNode* node_ = nullptr;
  std::string name_;
  Findings* findings_;
  Place key_place_;
};

// A map whose keys are known. Reading it marks keys as known; finish() refuses the rest.
class YamlMap {
 public:
  // A value that is given and no map is an error; all its keys are absent then.
  explicit YamlMap(const YamlValue& value);

  // The map was given and is a map.
  [[nodiscard]] bool given() const { return node_ != nullptr; }
  [[nodiscard]] bool has(std::string_view key) const;

  [[nodiscard]] YamlValue optional(std::string_view key);
  // The same; an error when the map is given and the key is not.
  [[nodiscard]] YamlValue required(std::string_view key);
  // An error for every key that was neither asked for nor allowed, with the nearest that was.
  void finish();

  [[nodiscard]] const YamlValue& value() const { return value_; }

 private:
  YamlValue value_;
  const YamlNode* node_ = nullptr;
  std::vector<std::string> known_;
};

}  // namespace revisitd::rules
