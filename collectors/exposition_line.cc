#include "collectors/exposition_line.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "collectors/exposition_chars.h"
#include "collectors/exposition_number.h"
#include "rules/diagnostic.h"

namespace revisitd::collectors {

void LineReader::begin(std::string_view line) {
  line_ = line;
  at_ = 0;
  unescaped_used_ = 0;
}

// OpenMetrics has no blanks but the single ones its grammar names.
void LineReader::skip_blanks() {
  if (openmetrics_) return;
  at_ += count_blanks(line_.substr(at_));
}

LineFault LineReader::fault(PageFault kind, std::size_t offset, std::string message) const {
  return {kind, offset, std::move(message)};
}

LineFault LineReader::expected(std::string_view what) const {
  constexpr std::size_t kShown = 20;
  std::string message = "expected " + std::string(what) + ", found ";
  if (at_end()) {
    message += "the end of the line";
  } else if (line_[at_] == ' ') {
    message += "a blank";
  } else if (line_[at_] == '\t') {
    message += "a tab";
  } else if (line_[at_] == '\n') {
    message += "a newline";
  } else if (line_[at_] == '\0') {
    message += "a NUL byte";
  } else {
    const std::string_view rest = line_.substr(at_, kShown);
    message += in_quotes(rest.substr(0, rest.find_first_of(" \t\n")));
  }
  return fault(PageFault::syntax, at_, std::move(message));
}

std::string_view LineReader::leading_name(std::string_view line) const {
  if (!openmetrics_) line.remove_prefix(count_blanks(line));
  return line.substr(0, metric_name_length(line));
}

LineStatus LineReader::sample(std::string_view line, SampleView& out) {
  begin(line);
  skip_blanks();
  if (auto status = read_series(out); !status) return status;
  return read_value(out);
}

LineStatus LineReader::value(std::string_view line, std::size_t begin_at, SampleView& out) {
  begin(line);
  at_ = begin_at;
  return read_value(out);
}

LineStatus LineReader::read_series(SampleView& out) {
  labels_.clear();
  const std::size_t begin = at_;
  std::string_view name = take_word(true);
  std::size_t end = at_;
  if (name.empty() && peek() != '{') return expected("a metric name");
  skip_blanks();
  if (peek() == '{') {
    ++at_;
    if (auto status = read_labels(&name); !status) return status;
    end = at_;
  }
  if (name.empty())
    return fault(PageFault::syntax, begin,
                 "expected a metric name in quotes in the braces, found none");
  if (name.size() > limits_.metric_name_bytes) {
    return fault(
        PageFault::metric_name_too_long, begin,
        "the metric name is longer than " + std::to_string(limits_.metric_name_bytes) + " bytes");
  }
  out.name = name;
  out.labels = labels_;
  out.series = line_.substr(begin, end - begin);
  return Ok{};
}

std::string_view LineReader::take_word(bool colons) {
  const std::string_view rest = line_.substr(at_);
  const std::size_t length = colons ? metric_name_length(rest) : label_name_length(rest);
  at_ += length;
  return rest.substr(0, length);
}

LineStatus LineReader::read_labels(std::string_view* name) {
  while (true) {
    skip_blanks();
    if (peek() == '}') {
      ++at_;
      return Ok{};
    }
    if (auto status = read_label_or_name(name); !status) return status;
    if (auto status = read_separator(); !status) return status;
  }
}

// Between labels. The text format takes no comma for one, as its reference does.
LineStatus LineReader::read_separator() {
  skip_blanks();
  if (peek() == ',') {
    ++at_;
  } else if (openmetrics_ && peek() != '}') {
    return expected("a comma or a closing brace");
  }
  return Ok{};
}

LineStatus LineReader::read_label_or_name(std::string_view* name) {
  const std::size_t begin = at_;
  LabelView label;
  const bool quoted = peek() == '"';
  if (quoted) {
    if (auto status = read_quoted("name", false, false, &label.name); !status) return status;
    label.name = unescape(label.name, true);
  } else {
    label.name = take_word(false);
    if (label.name.empty()) return expected("a label name or a closing brace");
  }
  skip_blanks();
  if (quoted && (peek() == ',' || peek() == '}')) {
    if (!name->empty())
      return fault(PageFault::syntax, begin,
                   "expected '=' after the label name: the metric is named already");
    *name = label.name;
    return Ok{};
  }
  if (peek() != '=') return expected("'=' after the label name");
  ++at_;
  if (label.name.size() > limits_.label_name_bytes) {
    return fault(
        PageFault::label_name_too_long, begin,
        "the label name is longer than " + std::to_string(limits_.label_name_bytes) + " bytes");
  }
  if (auto status = read_label_value(&label); !status) return status;
  if (labels_.size() >= limits_.labels) {
    return fault(PageFault::too_many_labels, begin,
                 "the sample has more than " + std::to_string(limits_.labels) + " labels");
  }
  labels_.push_back(label);
  return Ok{};
}

LineStatus LineReader::read_label_value(LabelView* label) {
  skip_blanks();
  const std::size_t begin = at_;
  if (auto status = read_quoted("label value", openmetrics_, true, &label->value); !status)
    return status;
  label->value = unescape(label->value, true);
  if (label->value.size() > limits_.label_value_bytes) {
    return fault(
        PageFault::label_value_too_long, begin,
        "the label value is longer than " + std::to_string(limits_.label_value_bytes) + " bytes");
  }
  return Ok{};
}

// A string in double quotes, checked for UTF-8; `raw` is what stands between them.
LineStatus LineReader::read_quoted(const char* what, bool newline_ends, bool nul_allowed,
                                   std::string_view* raw) {
  if (peek() != '"') return expected("a " + std::string(what) + " in double quotes");
  const std::size_t begin = at_;
  for (++at_; !at_end(); ++at_) {
    const char c = line_[at_];
    if (!is_class(c, kQuoteStop)) continue;
    if (c == '"') break;
    if (c == '\\') ++at_;
    const bool bare_newline = c == '\n' && newline_ends;
    const bool escaped_newline = c == '\\' && peek() == '\n';
    if (bare_newline || escaped_newline || (c == '\0' && !nul_allowed)) {
      return expected("the rest of a " + std::string(what) + " and its closing quote");
    }
  }
  if (at_end()) {
    return fault(PageFault::syntax, begin,
                 "expected a closing quote for this " + std::string(what) + ", found none");
  }
  *raw = line_.substr(begin + 1, at_ - begin - 1);
  ++at_;
  if (is_valid_utf8(*raw)) return Ok{};
  return fault(PageFault::syntax, begin,
               "expected a " + std::string(what) + " in UTF-8, found other bytes");
}

// Unknown escapes stay as the two characters they are.
std::string_view LineReader::unescape(std::string_view raw, bool quotes) {
  if (raw.find('\\') == std::string_view::npos) return raw;
  if (unescaped_.size() < line_.size()) unescaped_.resize(line_.size());
  char* const begin = unescaped_.data() + unescaped_used_;
  char* out = begin;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char next = i + 1 < raw.size() ? raw[i + 1] : '\0';
    if (raw[i] == '\\' && (next == 'n' || next == '\\' || (next == '"' && quotes))) {
      *out++ = next == 'n' ? '\n' : next;
      ++i;
    } else {
      *out++ = raw[i];
    }
  }
  const auto length = static_cast<std::size_t>(out - begin);
  unescaped_used_ += length;
  return {begin, length};
}

LineStatus LineReader::read_float(const char* what, double* value) {
  if (openmetrics_) {
    if (peek() != ' ') return expected("one blank and " + std::string(what));
    ++at_;
  }
  skip_blanks();
  const std::size_t begin = at_;
  const std::string_view rest = line_.substr(at_);
  const std::string_view text = rest.substr(0, rest.find_first_of(openmetrics_ ? " \n" : "{ \t\n"));
  const ParsedFloat parsed = parse_sample_value(text);
  switch (parsed.fault) {
    case NumberFault::none:
      break;
    case NumberFault::not_a_number:
      return expected(what);
    case NumberFault::out_of_range:
      return fault(
          PageFault::syntax, begin,
          "expected " + std::string(what) + " a double can hold, found " + in_quotes(text));
  }
  at_ += text.size();
  *value = parsed.value;
  return Ok{};
}

LineStatus LineReader::read_value(SampleView& out) {
  if (auto status = read_float("a value", &out.value); !status) return status;
  out.timestamp_ms.reset();
  out.exemplar.reset();
  if (auto status = read_timestamp(out); !status) return status;
  if (openmetrics_ && line_.substr(at_).starts_with(" # {")) {
    if (auto status = read_exemplar(out.exemplar.emplace()); !status) return status;
  }
  if (at_end()) return Ok{};
  const bool may_be_timestamp = !out.timestamp_ms && !out.exemplar;
  return expected(may_be_timestamp ? "a timestamp or the end of the line" : "the end of the line");
}

LineStatus LineReader::read_timestamp(SampleView& out) {
  if (openmetrics_) {
    if (at_end() || line_.substr(at_).starts_with(" # {")) return Ok{};
    const std::size_t begin = at_ + 1;
    double seconds = 0;
    if (auto status = read_float("a timestamp in seconds", &seconds); !status) return status;
    if (!std::isfinite(seconds))
      return fault(PageFault::syntax, begin, "expected a finite timestamp");
    out.timestamp_ms = millis_of_seconds(seconds);
    return Ok{};
  }
  skip_blanks();
  const std::string_view rest = line_.substr(at_);
  const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
  if (digits.empty()) return Ok{};
  out.timestamp_ms = parse_millis(digits);
  if (!out.timestamp_ms) {
    return fault(PageFault::syntax, at_,
                 "expected a timestamp that fits in 64 bits, found " + in_quotes(digits));
  }
  at_ += digits.size();
  skip_blanks();
  return Ok{};
}

// Exemplars are checked and dropped.
LineStatus LineReader::read_exemplar(ExemplarView& exemplar) {
  at_ += std::string_view(" # {").size();
  while (peek() != '}') {
    if (auto status = read_exemplar_label(exemplar); !status) return status;
    if (auto status = read_separator(); !status) return status;
  }
  ++at_;
  if (auto status = read_float("the exemplar's value", &exemplar.value); !status) return status;
  if (at_end()) return Ok{};
  const std::size_t begin = at_ + 1;
  double ignored = 0;
  if (auto status = read_float("the exemplar's timestamp in seconds", &ignored); !status)
    return status;
  if (!std::isfinite(ignored))
    return fault(PageFault::syntax, begin, "expected a finite timestamp");
  return Ok{};
}

LineStatus LineReader::read_exemplar_label(ExemplarView& exemplar) {
  std::string_view name;
  if (peek() == '"') {
    if (auto status = read_quoted("label name", true, false, &name); !status) return status;
  } else {
    name = take_word(false);
    if (name.empty()) return expected("an exemplar's label name or a closing brace");
  }
  if (peek() != '=') return expected("'=' after the label name");
  ++at_;
  std::string_view value;
  if (auto status = read_quoted("label value", true, false, &value); !status) return status;
  exemplar.label_characters +=
      utf8_length(unescape(name, true)) + utf8_length(unescape(value, true));
  return Ok{};
}

}  // namespace revisitd::collectors
