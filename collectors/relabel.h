#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/result.h"

// Relabelling of targets, as Prometheus does it: the same actions, defaults and corner cases
// (documentation of <relabel_config>). Pure.
namespace revisitd::collectors {

// A target's labels while it is being discovered, those that start with "__" among them. An empty
// value is the same as no label.
using LabelSet = std::map<std::string, std::string, std::less<>>;

enum class RelabelAction {
  replace,
  keep,
  drop,
  keepequal,
  dropequal,
  hashmod,
  labelmap,
  labeldrop,
  labelkeep,
  lowercase,
  uppercase,
};
// "replace", "keep", …; the configuration may write them in any case.
std::string_view relabel_action_name(RelabelAction action);
std::optional<RelabelAction> parse_relabel_action(std::string_view name);

struct RelabelSpec {
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::optional<std::string> target_label;
  std::string regex = "(.*)";
  std::uint64_t modulus = 0;
  std::string replacement = "$1";
  RelabelAction action = RelabelAction::replace;

  friend bool operator==(const RelabelSpec&, const RelabelSpec&) = default;
};

// One rule, checked and compiled. Cheap to copy.
class RelabelRule {
 public:
  // The error says which field is wrong and what was expected.
  static Result<RelabelRule> make(RelabelSpec spec);

  [[nodiscard]] const RelabelSpec& spec() const;
  // Changes the labels; false when the target is dropped.
  [[nodiscard]] bool apply(LabelSet& labels) const;

 private:
  struct Body;
  explicit RelabelRule(std::shared_ptr<const Body> body) : body_(std::move(body)) {}
  std::shared_ptr<const Body> body_;
};

// All rules in order; nothing when one of them drops the target.
std::optional<LabelSet> relabel(LabelSet labels, const std::vector<RelabelRule>& rules);

// [a-zA-Z_][a-zA-Z0-9_]*
bool is_label_name(std::string_view name);

}  // namespace revisitd::collectors
