#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/label_view.h"
#include "rules/result.h"

namespace re2 {
class RE2;
}

namespace revisitd::collectors {

// One condition on a label, as in `code!~"5.."`. A label that a series does not have counts as "".
class LabelMatcher {
 public:
  enum class Op { equal, not_equal, regex, not_regex };

  // Error: the regular expression, when it is none. Expressions are anchored at both ends, and '.'
  // takes newlines.
  static Result<LabelMatcher> make(std::string name, Op op, std::string value);

  const std::string& name() const { return name_; }
  Op op() const { return op_; }
  const std::string& value() const { return value_; }
  bool matches(std::string_view value) const;

 private:
  LabelMatcher(std::string name, Op op, std::string value)
      : name_(std::move(name)), op_(op), value_(std::move(value)) {}

  std::string name_;
  Op op_;
  std::string value_;
  std::shared_ptr<const re2::RE2>
      regex_;  // shared, so that selectors copy; RE2 matches are thread-safe
};

// Where a selector stops making sense: byte offset into its text, and what was expected there.
struct SelectorError {
  std::size_t offset = 0;
  std::string message;

  friend bool operator==(const SelectorError&, const SelectorError&) = default;
};

// A PromQL series selector: `name`, `name{a="b",c!~"5.."}`, `{__name__=~"a|b"}`, `{"utf-8
// name",a="b"}`. Compiled once, immutable, cheap to copy.
class Selector {
 public:
  // Strings are quoted as in PromQL: "…" and '…' with Go's escapes, `…` raw. As in PromQL, a
  // selector whose every matcher also takes the empty string is an error, and so are a second
  // metric name and anything behind the brace (ranges, offsets).
  static Result<Selector, SelectorError> parse(std::string_view text);

  bool matches(std::string_view metric_name, LabelSpan labels) const;
  // The two halves of matches(), for histograms: their labels are matched as they are, their names
  // by companion.
  bool matches_name(std::string_view metric_name) const;
  bool matches_labels(LabelSpan labels) const;

  // The one metric this selector can match; empty when it is open (a regex, or no name at all).
  const std::optional<std::string>& metric_name() const { return metric_name_; }
  const std::vector<LabelMatcher>& matchers() const { return matchers_; }

 private:
  std::optional<std::string> metric_name_;
  std::vector<LabelMatcher> name_matchers_;  // on __name__, beyond metric_name_
  std::vector<LabelMatcher> matchers_;       // on every other label
};

// The series that a classic histogram or a summary is made of.
enum class Companion { bucket, sum, count };

// "_bucket", "_sum", "_count".
std::string_view companion_suffix(Companion companion);
// Which companion of the family `metric_name` the name `series_name` is, if it is one: `x_bucket`
// of `x`.
std::optional<Companion> companion_of(std::string_view metric_name, std::string_view series_name);

}  // namespace revisitd::collectors
