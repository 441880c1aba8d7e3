#include <array>
#include <utility>

#include "collectors/exposition_chars.h"
#include "collectors/exposition_line.h"
#include "rules/diagnostic.h"

// The lines that start with '#'.
namespace revisitd::collectors {
namespace {

struct TypeWord {
  std::string_view word;
  MetricType type;
  bool prometheus;
  bool openmetrics;
};

constexpr std::array kTypeWords = {
    TypeWord{"counter", MetricType::counter, true, true},
    TypeWord{"gauge", MetricType::gauge, true, true},
    TypeWord{"histogram", MetricType::histogram, true, true},
    TypeWord{"summary", MetricType::summary, true, true},
    TypeWord{"untyped", MetricType::unknown, true, false},
    TypeWord{"unknown", MetricType::unknown, false, true},
    TypeWord{"gaugehistogram", MetricType::gaugehistogram, false, true},
    TypeWord{"info", MetricType::info, false, true},
    TypeWord{"stateset", MetricType::stateset, false, true},
};

}  // namespace

Result<LineReader::CommentLine, LineFault> LineReader::comment(std::string_view line) {
  begin(line);
  skip_blanks();
  ++at_;
  const std::size_t hash_end = at_;
  if (openmetrics_) {
    if (peek() != ' ') return expected("one blank after '#'");
    ++at_;
  }
  skip_blanks();
  const std::string_view rest = line_.substr(at_);
  const auto keyword = [&](std::string_view word) {
    return rest.starts_with(word) && rest.size() > word.size() &&
           (rest[word.size()] == ' ' || (!openmetrics_ && rest[word.size()] == '\t'));
  };
  if (!openmetrics_ && at_ == hash_end) return CommentLine{};  // "#TYPE" is an ordinary comment
  if (keyword("TYPE")) return read_metadata(MetadataView::Kind::type);
  if (keyword("HELP")) return read_metadata(MetadataView::Kind::help);
  if (!openmetrics_) return CommentLine{};
  if (keyword("UNIT")) return read_metadata(MetadataView::Kind::unit);
  if (rest == "EOF") return CommentLine{Comment::end_of_page, {}};
  if (rest.starts_with("EOF")) {
    at_ += 3;
    return expected("nothing after \"# EOF\"");
  }
  return expected("TYPE, HELP, UNIT or EOF");
}

Result<LineReader::CommentLine, LineFault> LineReader::read_metadata(MetadataView::Kind kind) {
  CommentLine result{Comment::metadata, {}};
  MetadataView& metadata = result.metadata;
  metadata.kind = kind;
  at_ += std::string_view("TYPE ").size();
  skip_blanks();
  if (auto status = read_family(&metadata.family); !status) return status.error();
  if (openmetrics_ && peek() != ' ') return expected("one blank and a text");
  metadata.text = line_.substr(at_).substr(at_end() ? 0 : 1);
  if (!at_end()) ++at_;

  switch (kind) {
    case MetadataView::Kind::type:
      if (auto status = read_type(metadata); !status) return status.error();
      break;
    case MetadataView::Kind::help:
      if (!is_valid_utf8(metadata.text)) {
        return fault(PageFault::syntax, at_, "expected a help text in UTF-8, found other bytes");
      }
      break;
    case MetadataView::Kind::unit:
      if (auto status = check_unit(metadata); !status) return status.error();
      break;
  }
  return result;
}

LineStatus LineReader::read_family(std::string_view* family) {
  if (peek() == '"') {
    if (auto status = read_quoted("metric name", true, false, family); !status) return status;
    *family = unescape(*family, true);
    return Ok{};
  }
  *family = take_word(true);
  if (family->empty()) return expected("a metric name");
  return Ok{};
}

LineStatus LineReader::read_type(MetadataView& metadata) {
  for (const TypeWord& known : kTypeWords) {
    if (known.word != metadata.text || !(openmetrics_ ? known.openmetrics : known.prometheus))
      continue;
    metadata.type = known.type;
    return Ok{};
  }
  std::string message = "expected a metric type (";
  std::string_view comma;
  for (const TypeWord& known : kTypeWords) {
    if (!(openmetrics_ ? known.openmetrics : known.prometheus)) continue;
    message.append(comma).append(known.word);
    comma = ", ";
  }
  message += "), found " + in_quotes(metadata.text);
  return fault(PageFault::syntax, at_, std::move(message));
}

LineStatus LineReader::check_unit(const MetadataView& metadata) {
  const std::string_view family = metadata.family;
  const std::string_view unit = metadata.text;
  if (unit.empty()) return Ok{};
  const bool suffix = family.ends_with(unit) && family.size() > unit.size() &&
                      family[family.size() - unit.size() - 1] == '_';
  if (suffix) return Ok{};
  return fault(PageFault::syntax, at_,
               "expected a unit that the metric's name ends in, found " + in_quotes(unit));
}

}  // namespace revisitd::collectors
