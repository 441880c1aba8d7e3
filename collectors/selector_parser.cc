#include <algorithm>
#include <utility>

#include "collectors/exposition_chars.h"
#include "collectors/selector.h"
#include "collectors/selector_string.h"
#include "rules/diagnostic.h"

namespace revisitd::collectors {
namespace {

constexpr std::string_view kNameLabel = "__name__";

struct Item {
  std::size_t offset = 0;
  std::string name;
  LabelMatcher::Op op = LabelMatcher::Op::equal;
  std::string value;
  bool given_name = false;  // in front of the braces or quoted inside, not a matcher on __name__
};

class SelectorReader {
 public:
  explicit SelectorReader(std::string_view text) : text_(text) {}

  Result<std::vector<Item>, SelectorError> read() {
    skip_blanks();
    const std::size_t begin = at_;
    const std::string_view name = take(metric_name_length(rest()));
    if (!name.empty()) {
      items_.push_back(
          {begin, std::string(kNameLabel), LabelMatcher::Op::equal, std::string(name), true});
    }
    skip_blanks();
    if (peek() == '{') {
      ++at_;
      if (auto status = read_matchers(); !status) return status.error();
    } else if (name.empty()) {
      return expected("a metric name or '{'");
    }
    skip_blanks();
    if (at_ < text_.size()) return expected("the end of the selector");
    return std::move(items_);
  }

 private:
  using Step = Result<Ok, SelectorError>;

  std::string_view rest() const { return text_.substr(at_); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_quote() const { return peek() == '"' || peek() == '\'' || peek() == '`'; }

  std::string_view take(std::size_t length) {
    const std::string_view taken = text_.substr(at_, length);
    at_ += length;
    return taken;
  }

  void skip_blanks() {
    const std::size_t first = rest().find_first_not_of(" \t\r\n");
    at_ = first == std::string_view::npos ? text_.size() : at_ + first;
  }

  SelectorError expected(std::string_view what) const {
    constexpr std::size_t kShown = 20;
    const std::string found =
        at_ < text_.size() ? in_quotes(rest().substr(0, kShown)) : "the end of the selector";
    return {at_, "expected " + std::string(what) + ", found " + found};
  }

  Step read_matchers() {
    while (true) {
      skip_blanks();
      if (peek() == '}') break;
      if (auto status = read_matcher(); !status) return status;
      skip_blanks();
      if (peek() == '}') break;
      if (peek() != ',') return expected("',' or '}'");
      ++at_;
    }
    ++at_;
    return Ok{};
  }

  Step read_matcher() {
    Item item;
    item.offset = at_;
    const bool quoted = at_quote();
    if (quoted) {
      if (auto status = read_string(&item.name); !status) return status;
    } else {
      item.name = take(label_name_length(rest()));
      if (item.name.empty()) return expected("a label name or '}'");
    }
    skip_blanks();
    if (quoted && (peek() == ',' || peek() == '}')) {
      item.value = std::exchange(item.name, std::string(kNameLabel));
      item.given_name = true;
      items_.push_back(std::move(item));
      return Ok{};
    }
    if (!take_operator(&item.op)) return expected("one of = != =~ !~");
    skip_blanks();
    if (!at_quote()) return expected("a quoted string");
    if (auto status = read_string(&item.value); !status) return status;
    items_.push_back(std::move(item));
    return Ok{};
  }

  bool take_operator(LabelMatcher::Op* op) {
    const std::string_view two = rest().substr(0, 2);
    if (two == "!=" || two == "=~" || two == "!~") {
      *op = two == "!=" ? LabelMatcher::Op::not_equal
                        : (two == "=~" ? LabelMatcher::Op::regex : LabelMatcher::Op::not_regex);
      at_ += 2;
      return true;
    }
    if (peek() != '=') return false;
    *op = LabelMatcher::Op::equal;
    ++at_;
    return true;
  }

  Step read_string(std::string* value) {
    auto string = read_promql_string(rest());
    if (!string) return SelectorError{at_ + string.error().offset, string.error().message};
    if (!is_valid_utf8(string->value)) return SelectorError{at_, "expected a string in UTF-8"};
    at_ += string->length;
    *value = std::move(string->value);
    return Ok{};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Item> items_;
};

// PromQL takes no other word on the name, not even a matcher on __name__, beside one that is given
// outright.
std::optional<SelectorError> second_name(const std::vector<Item>& items) {
  const auto given =
      std::find_if(items.begin(), items.end(), [](const Item& item) { return item.given_name; });
  if (given == items.end()) return std::nullopt;
  for (const Item& item : items) {
    if (item.name != kNameLabel || &item == &*given) continue;
    return SelectorError{std::max(item.offset, given->offset),
                         "expected one metric name, found a second"};
  }
  return std::nullopt;
}

}  // namespace

Result<Selector, SelectorError> Selector::parse(std::string_view text) {
  auto items = SelectorReader(text).read();
  if (!items) return items.error();
  if (auto error = second_name(*items)) return *error;

  Selector selector;
  bool selects = false;
  for (Item& item : *items) {
    const std::size_t offset = item.offset;
    auto matcher = LabelMatcher::make(std::move(item.name), item.op, std::move(item.value));
    if (!matcher) return SelectorError{offset, matcher.error().message};
    selects = selects || !matcher->matches("");
    if (matcher->name() != kNameLabel) {
      selector.matchers_.push_back(std::move(*matcher));
    } else if (matcher->op() == LabelMatcher::Op::equal && !selector.metric_name_) {
      selector.metric_name_ = matcher->value();
    } else {
      selector.name_matchers_.push_back(std::move(*matcher));
    }
  }
  if (!selects)
    return SelectorError{0, "expected at least one matcher that does not take the empty string"};
  return selector;
}

}  // namespace revisitd::collectors
