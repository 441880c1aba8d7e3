#include "collectors/exposition_parser.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "collectors/exposition_chars.h"

namespace revisitd::collectors {
namespace {

std::string_view without_newline(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return line;
}

// For the few dozen bytes of a name, whose number is another one each time.
bool same_bytes(const char* a, const char* b, std::size_t count) {
  std::uint64_t left = 0;
  std::uint64_t right = 0;
  constexpr std::size_t kWord = sizeof left;
  if (count < kWord) return std::equal(a, a + count, b);
  const auto differ = [&](std::size_t at) {
    std::memcpy(&left, a + at, kWord);
    std::memcpy(&right, b + at, kWord);
    return left != right;
  };
  for (std::size_t at = 0; at + kWord < count; at += kWord) {
    if (differ(at)) return false;
  }
  return !differ(count - kWord);
}

}  // namespace

ExpositionParser::ExpositionParser(ExpositionFormat format, SampleSink& sink,
                                   const ExpositionLimits& limits, ExpositionScan scan,
                                   PageMemory* memory)
    : openmetrics_(format == ExpositionFormat::openmetrics),
      sink_(sink),
      limits_(limits),
      scan_(scan),
      memory_(scan == ExpositionScan::wanted_lines ? memory : nullptr),
      checking_(memory_ != nullptr && !memory_->proven()),
      cutter_(limits.line_bytes),
      reader_(format, limits),
      quick_(format, limits) {
  if (memory_ != nullptr) memory_->begin_page();
}

PageStatus ExpositionParser::feed(std::string_view piece) {
  while (!error_ && !past_end_) {
    take_quick_lines(piece);
    if (error_) break;
    const auto line = cutter_.next(piece);
    if (!line) {
      if (cutter_.overflowed()) (void)take_unfinished();
      break;
    }
    if (auto status = take_line(*line); !status) break;
    line_ += cutter_.newlines();
  }
  if (error_) return *error_;
  return Ok{};
}

PageStatus ExpositionParser::finish() {
  const std::string_view rest = cutter_.unfinished();
  if (!error_ && !past_end_ && !rest.empty()) (void)take_unfinished();
  if (!error_ && openmetrics_ && !ended_) {
    error_ =
        PageError{PageFault::cut_off,
                  {line_, 1},
                  "expected \"# EOF\" before the page's end: it was cut off, or is not OpenMetrics",
                  ""};
  }
  if (memory_ != nullptr) memory_->end_page(!error_, line_, checking_);
  if (error_) return *error_;
  return Ok{};
}

// A line without its newline: the page's last, or one beyond the limit. What is wrong inside it
// says more than that it is too long, and that a page was cut off says more than what the cut left
// of its last line.
PageStatus ExpositionParser::take_unfinished() {
  const std::string_view line = cutter_.unfinished();
  if (cutter_.overflowed()) {
    if (auto status = take_line(line); !status) {
      const bool cut_by_limit = error_->fault == PageFault::syntax;
      if (!cut_by_limit) return status;
    } else if (past_end_) {
      return Ok{};
    }
    return fail(line, {PageFault::line_too_long, 0,
                       "the line is longer than " + std::to_string(limits_.line_bytes) + " bytes"});
  }
  if (openmetrics_ && !ended_ && line != "# EOF" && !looks_like_html(line)) return Ok{};
  return take_line(line);
}

PageStatus ExpositionParser::take_line(std::string_view with_newline) {
  const std::string_view line = without_newline(with_newline);
  if (ended_) return fail(line, {PageFault::syntax, 0, "expected nothing after \"# EOF\""});
  const std::size_t blanks = openmetrics_ ? 0 : count_blanks(line);
  if (blanks >= line.size()) {
    if (!openmetrics_) return Ok{};
    return fail(line, {PageFault::syntax, 0, "expected no empty line in OpenMetrics"});
  }
  if (!content_seen_ && looks_like_html(line)) {
    return fail(line,
                {PageFault::html, blanks,
                 "looks like an HTML page (a login form or an error page?), expected metrics"});
  }
  const bool first = !std::exchange(content_seen_, true);
  if (!openmetrics_ && line[blanks] == '\0') {
    past_end_ = true;
    return Ok{};
  }
  const bool checked = std::exchange(checking_, checking_ || (first && memory_ != nullptr));
  PageStatus status = line[blanks] == '#' ? take_comment(line) : take_sample(line);
  checking_ = checked;
  return status;
}

bool ExpositionParser::looks_like_html(std::string_view line) const {
  if (content_seen_) return false;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first != std::string_view::npos && line[first] == '<';
}

PageStatus ExpositionParser::take_comment(std::string_view line) {
  const bool every_line = scan_ == ExpositionScan::every_line;
  if (!every_line && !checking_) {
    if (openmetrics_ && line == "# EOF") ended_ = true;
    return Ok{};
  }
  auto comment = every_line ? reader_.comment(line) : lenient_reader().comment(line);
  if (!comment) return fail(line, comment.error());
  switch (comment->kind) {
    case LineReader::Comment::plain:
      break;
    case LineReader::Comment::metadata:
      if (!every_line) break;
      comment->metadata.line = line_;
      sink_.metadata(comment->metadata);
      break;
    case LineReader::Comment::end_of_page:
      ended_ = true;
      break;
  }
  return Ok{};
}

PageStatus ExpositionParser::take_sample(std::string_view line) {
  ++samples_;
  PageStatus status = Ok{};
  if (scan_ == ExpositionScan::wanted_lines && !front_is_wanted(line)) {
    if (checking_) status = check_sample(line);
  } else {
    status = take_wanted(line, memory_ != nullptr ? memory_->peek(line) : std::nullopt);
  }
  // Whether the sink drops a sample shows when it has it.
  if (!status || samples_ - dropped_ <= limits_.samples) return status;
  return fail(line, {PageFault::too_many_samples, 0,
                     "the page has more than " + std::to_string(limits_.samples) + " samples"});
}

// A sample that nobody wants may be as large as it likes, but not broken.
PageStatus ExpositionParser::check_sample(std::string_view line) {
  SampleView sample;
  const LineStatus status = lenient_reader().sample(line, sample);
  return status ? PageStatus(Ok{}) : PageStatus(fail(line, status.error()));
}

LineReader ExpositionParser::lenient_reader() const {
  ExpositionLimits limits = limits_;
  limits.labels = limits.metric_name_bytes = limits.label_name_bytes = limits.label_value_bytes =
      std::numeric_limits<std::size_t>::max();
  return {openmetrics_ ? ExpositionFormat::openmetrics : ExpositionFormat::prometheus, limits};
}

PageStatus ExpositionParser::take_wanted(std::string_view line,
                                         const std::optional<PageMemory::Known>& known) {
  if (known) {
    const LineStatus status = take_known(line, *known);
    return status ? PageStatus(Ok{}) : PageStatus(fail(line, status.error()));
  }
  SampleView sample;
  const LineStatus status = reader_.sample(line, sample);
  if (!status) return fail(line, status.error());
  if (scan_ == ExpositionScan::wanted_lines && !is_wanted(sample.name)) return Ok{};
  hand_over(sample);
  return Ok{};
}

void ExpositionParser::hand_over(SampleView& sample) {
  sample.line = line_;
  sink_.sample(sample);
  if (memory_ == nullptr) return;
  const SeriesMark mark = sink_.mark(sample);
  if (mark == kDropSeries) ++dropped_;
  // One with a newline in a label is never learnt: known lines are one line each.
  if (sample.series.find('\n') == std::string_view::npos) memory_->learn(sample.series, mark);
}

LineStatus ExpositionParser::take_known(std::string_view line, const PageMemory::Known& known) {
  memory_->accept();
  SampleView sample;
  if (known.mark == kDropSeries) ++dropped_;
  if (known.mark == kSkipSeries || known.mark == kDropSeries)
    return checking_ ? lenient_reader().sample(line, sample) : LineStatus(Ok{});
  if (known.mark == kUnmarked) {
    const LineStatus status = reader_.sample(line, sample);
    sample.line = line_;
    if (status) sink_.sample(sample);
    return status;
  }
  const LineStatus status = reader_.value(line, known.series_bytes, sample);
  if (status) sink_.reading(known.mark, {sample.value, sample.timestamp_ms, line_});
  return status;
}

// Takes whole lines off the front of the piece as long as they are of the ordinary kind: what is
// not wanted costs a look at its name and a search for its end. Anything else is left to the
// cutter and take_line(), which say what is wrong with it.
void ExpositionParser::take_quick_lines(std::string_view& piece) {
  if (!content_seen_ || ended_ || !cutter_.between_lines()) return;
  const bool every_line = scan_ == ExpositionScan::every_line;
  while (!piece.empty() && !error_) {
    std::size_t end = std::string_view::npos;
    if (piece.front() != '#') {
      end = every_line ? take_whole_sample(piece) : take_quick_sample(piece);
    } else if (!openmetrics_ || !piece.starts_with("# EOF")) {
      end = take_quick_comment(piece);
    }
    if (end == std::string_view::npos || error_) return;
    piece.remove_prefix(end + 1);
    ++line_;
  }
}

std::size_t ExpositionParser::take_quick_comment(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end >= limits_.line_bytes) return std::string_view::npos;
  if (checking_ || scan_ == ExpositionScan::every_line) (void)take_comment(text.substr(0, end));
  return end;
}

// Reads the sample line at the front of `text` and gives the place of its newline; npos, and
// nothing is done, where it is not an ordinary one.
std::size_t ExpositionParser::take_whole_sample(std::string_view text) {
  if (full()) return std::string_view::npos;
  SampleView sample;
  const std::size_t end = quick_.sample(text, sample);
  if (end >= limits_.line_bytes) return std::string_view::npos;
  ++samples_;
  hand_over(sample);
  return end;
}

// The same for a line that may be known or not wanted.
std::size_t ExpositionParser::take_quick_sample(std::string_view text) {
  if (full()) return std::string_view::npos;
  const bool same = has_last_name(text);
  if (same && !last_wanted_) return skip_quick_sample(text);
  const auto known = memory_ != nullptr ? memory_->peek(text) : std::nullopt;
  if (known) return take_quick_known(text, *known);
  if (!same) {
    const std::size_t length = metric_name_length(text);
    if (length == 0 || length == text.size()) return std::string_view::npos;
    ask_for(text.substr(0, length), true);
  }
  return last_wanted_ ? take_whole_sample(text) : skip_quick_sample(text);
}

std::size_t ExpositionParser::skip_quick_sample(std::string_view text) {
  const std::size_t end =
      checking_ ? check_quick_sample(text) : quick_line_end(text, last_name_.size());
  if (end >= limits_.line_bytes) return std::string_view::npos;
  ++samples_;
  return end;
}

std::size_t ExpositionParser::check_quick_sample(std::string_view text) {
  SampleView unwanted;
  return quick_.sample(text, unwanted);
}

std::size_t ExpositionParser::take_quick_known(std::string_view text,
                                               const PageMemory::Known& known) {
  if (known.mark < 0) {
    const std::size_t end = quick_line_end(text, known.series_bytes);
    if (end >= limits_.line_bytes) return std::string_view::npos;
    ++samples_;
    (void)take_wanted(text.substr(0, end), known);
    return end;
  }
  Reading reading;
  const std::size_t end = quick_.value(text, known.series_bytes, reading);
  if (end >= limits_.line_bytes) return std::string_view::npos;
  memory_->accept();
  ++samples_;
  reading.line = line_;
  sink_.reading(known.mark, reading);
  return end;
}

// Whether the line's metric is wanted, or has no name at its front that could say so.
bool ExpositionParser::front_is_wanted(std::string_view line) {
  if (has_last_name(line)) return last_wanted_;
  const std::string_view name = reader_.leading_name(line);
  return name.empty() || is_wanted(name);
}

// Names of one page begin alike, so that where they end is looked at first.
bool ExpositionParser::has_last_name(std::string_view text) const {
  const std::size_t bytes = last_name_.size();
  return last_is_plain_ && text.size() > bytes && !is_class(text[bytes], kMetricInside) &&
         same_bytes(text.data(), last_name_.data(), bytes);
}

bool ExpositionParser::is_wanted(std::string_view name) {
  if (name != last_name()) ask_for(name, metric_name_length(name) == name.size());
  return last_wanted_;
}

// Only a name that may stand unquoted at the front of a line is `plain`. One that is too long to be
// remembered is asked for again at every line.
void ExpositionParser::ask_for(std::string_view name, bool plain) {
  const bool kept = name.size() <= last_name_.max_size();
  last_name_.assign(name.data(), kept ? name.size() : 0);
  last_is_plain_ = kept && plain;
  last_wanted_ = sink_.wants(name);
}

PageError ExpositionParser::fail(std::string_view line, LineFault fault) {
  const Place within = place_of(line, fault.offset);
  const std::string_view begin = line.substr(std::min(fault.offset, line.size()) -
                                             static_cast<std::size_t>(within.column - 1));
  error_ = PageError{fault.fault,
                     {line_ + within.line - 1, within.column},
                     std::move(fault.message),
                     shown_source(begin, within.column)};
  return *error_;
}

}  // namespace revisitd::collectors
