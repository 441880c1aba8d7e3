#pragma once

#include <boost/static_string/static_string.hpp>
#include <optional>
#include <string_view>

#include "collectors/exposition.h"
#include "collectors/exposition_line.h"
#include "collectors/exposition_lines.h"
#include "collectors/exposition_memory.h"
#include "collectors/exposition_quick.h"

namespace revisitd::collectors {

enum class ExpositionScan {
  // Every line is parsed, so that a page is good exactly where Prometheus says so. For `scrape` and
  // lints.
  every_line,
  // Lines of samples that the sink does not want are only checked for a metric name at their front,
  // and comments not at all; the rest is skipped without an allocation. With a memory they are read
  // as Prometheus reads them, too, until a page of so many lines has proved good, and the first
  // line of every page is: what has taken a page's place does not pass for one. Of limits, those on
  // names and labels count for wanted lines only.
  wanted_lines,
};

// Reads one page, fed in pieces as they come from the wire, and hands what it finds to a sink.
// Lenient, as Prometheus' own parsers are: syntax is checked, the sense of a page is not
// (openmetrics_lint.h does that), duplicate series pass. One bad line loses the page. A text page
// ends at a NUL byte in front of a line, whatever follows.
//
// Not thread-safe. In the steady state (lines no longer than those before) no call allocates, and
// what is kept between two pieces never exceeds one line.
class ExpositionParser {
 public:
  // `sink` and `memory` must outlive the parser. `memory`, if there is one, belongs to one target
  // and one sink, and only serves ExpositionScan::wanted_lines.
  ExpositionParser(ExpositionFormat format, SampleSink& sink, const ExpositionLimits& limits = {},
                   ExpositionScan scan = ExpositionScan::every_line, PageMemory* memory = nullptr);

  // Takes the next bytes of the page. After an error every further call gives that same error.
  PageStatus feed(std::string_view piece);
  // Says that the page has ended; a text page may end without a newline, an OpenMetrics page must
  // have had "# EOF".
  PageStatus finish();

  // All samples met so far, wanted, dropped or neither.
  std::size_t samples_seen() const { return samples_; }

 private:
  static constexpr std::size_t kLongestKept = 120;

  PageStatus take_line(std::string_view line);
  PageStatus take_comment(std::string_view line);
  PageStatus take_sample(std::string_view line);
  PageStatus take_wanted(std::string_view line, const std::optional<PageMemory::Known>& known);
  PageStatus check_sample(std::string_view line);
  [[nodiscard]] LineReader lenient_reader() const;
  PageStatus take_unfinished();
  void take_quick_lines(std::string_view& piece);
  std::size_t take_quick_comment(std::string_view text);
  std::size_t take_quick_sample(std::string_view text);
  std::size_t skip_quick_sample(std::string_view text);
  std::size_t check_quick_sample(std::string_view text);
  std::size_t take_quick_known(std::string_view text, const PageMemory::Known& known);
  std::size_t take_whole_sample(std::string_view text);
  void hand_over(SampleView& sample);
  LineStatus take_known(std::string_view line, const PageMemory::Known& known);
  [[nodiscard]] std::string_view last_name() const {
    return {last_name_.data(), last_name_.size()};
  }
  [[nodiscard]] bool has_last_name(std::string_view text) const;
  bool front_is_wanted(std::string_view line);
  bool is_wanted(std::string_view name);
  void ask_for(std::string_view name, bool plain);
  // Whether as many samples were met as there may be.
  [[nodiscard]] bool full() const { return samples_ - dropped_ >= limits_.samples; }
  PageError fail(std::string_view line, LineFault fault);
  bool looks_like_html(std::string_view line) const;

  bool openmetrics_;
  SampleSink& sink_;
  ExpositionLimits limits_;
  ExpositionScan scan_;
  PageMemory* memory_;
  bool checking_;  // lines that nobody wants, too

  LineCutter cutter_;
  LineReader reader_;
  QuickReader quick_;
  int line_ = 1;  // where the line being read begins
  std::size_t samples_ = 0;
  std::size_t dropped_ = 0;  // of them, by the sink
  bool content_seen_ = false;
  bool ended_ = false;     // "# EOF" was seen
  bool past_end_ = false;  // a NUL byte was seen that ends a text page
  std::optional<PageError> error_;
  // The answer of the sink for a run of lines of one name.
  boost::static_string<kLongestKept> last_name_;
  bool last_is_plain_ = false;  // the name may stand unquoted at the front of a line
  bool last_wanted_ = false;
};

}  // namespace revisitd::collectors
