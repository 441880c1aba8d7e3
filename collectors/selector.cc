#include "collectors/selector.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace revisitd::collectors {
namespace {

constexpr std::size_t kRegexMemory = 1 << 20;  // bounds program and caches of one expression

// With duplicate names on a page the first one counts.
std::string_view value_of(LabelSpan labels, std::string_view name) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [&](const LabelView& label) { return label.name == name; });
  return found == labels.end() ? std::string_view{} : found->value;
}

}  // namespace

Result<LabelMatcher> LabelMatcher::make(std::string name, Op op, std::string value) {
  LabelMatcher matcher(std::move(name), op, std::move(value));
  if (op == Op::regex || op == Op::not_regex) {
    RE2::Options options;
    options.set_dot_nl(true);
    options.set_log_errors(false);
    options.set_max_mem(kRegexMemory);
    auto regex = std::make_shared<const RE2>(matcher.value_, options);
    if (!regex->ok()) return Error{"expected a regular expression: " + regex->error()};
    matcher.regex_ = std::move(regex);
  }
  return matcher;
}

bool LabelMatcher::matches(std::string_view value) const {
  switch (op_) {
    case Op::equal:
      return value == value_;
    case Op::not_equal:
      return value != value_;
    case Op::regex:
      return RE2::FullMatch({value.data(), value.size()}, *regex_);
    case Op::not_regex:
      return !RE2::FullMatch({value.data(), value.size()}, *regex_);
  }
  return false;
}

bool Selector::matches(std::string_view metric_name, LabelSpan labels) const {
  return matches_name(metric_name) && matches_labels(labels);
}

bool Selector::matches_name(std::string_view metric_name) const {
  if (metric_name_ && *metric_name_ != metric_name) return false;
  return std::all_of(name_matchers_.begin(), name_matchers_.end(),
                     [&](const LabelMatcher& matcher) { return matcher.matches(metric_name); });
}

bool Selector::matches_labels(LabelSpan labels) const {
  return std::all_of(matchers_.begin(), matchers_.end(), [&](const LabelMatcher& matcher) {
    return matcher.matches(value_of(labels, matcher.name()));
  });
}

std::string_view companion_suffix(Companion companion) {
  switch (companion) {
    case Companion::bucket:
      return "_bucket";
    case Companion::sum:
      return "_sum";
    case Companion::count:
      return "_count";
  }
  return "";
}

std::optional<Companion> companion_of(std::string_view metric_name, std::string_view series_name) {
  if (!series_name.starts_with(metric_name)) return std::nullopt;
  const std::string_view suffix = series_name.substr(metric_name.size());
  for (const Companion companion : {Companion::bucket, Companion::sum, Companion::count}) {
    if (suffix == companion_suffix(companion)) return companion;
  }
  return std::nullopt;
}

}  // namespace revisitd::collectors
