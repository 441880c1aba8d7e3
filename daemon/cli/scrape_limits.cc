#include "daemon/cli/scrape_limits.h"

#include "collectors/exposition_print.h"
#include "collectors/page_parser.h"
#include "collectors/scrape_target.h"

namespace revisitd::daemon::cli {
namespace {

using collectors::ExpositionLimits;
using collectors::PageFault;

constexpr int kBounds = 7;  // of ExpositionLimits

class NoSink final : public collectors::SampleSink {
 public:
  void sample(const collectors::SampleView&) override {}
};

// Sets the bound that the page is beyond to what the command takes, and gives its name in a scrape
// job; "" where it has none.
std::string lift(ExpositionLimits& limits, PageFault fault) {
  const ExpositionLimits wide = collectors::print_limits();
  switch (fault) {
    case PageFault::too_many_samples:
      limits.samples = wide.samples;
      return "sample_limit";
    case PageFault::too_many_labels:
      limits.labels = wide.labels;
      return "label_limit";
    case PageFault::label_name_too_long:
      limits.label_name_bytes = wide.label_name_bytes;
      return "label_name_length_limit";
    case PageFault::label_value_too_long:
      limits.label_value_bytes = wide.label_value_bytes;
      return "label_value_length_limit";
    case PageFault::metric_name_too_long:
      limits.metric_name_bytes = wide.metric_name_bytes;
      return "";
    case PageFault::line_too_long:
      limits.line_bytes = wide.line_bytes;
      return "";
    case PageFault::too_many_buckets:
      limits.native_buckets = wide.native_buckets;
      return "";
    case PageFault::syntax:
    case PageFault::html:
    case PageFault::cut_off:
      break;
  }
  return "";
}

std::string with_option(std::string why, const std::string& option) {
  return option.empty() ? why : why + " (`" + option + "`)";
}

}  // namespace

std::vector<Diagnostic> scrape_limit_warnings(std::string_view page,
                                              collectors::ExpositionFormat format, bool unframed,
                                              const std::string& file) {
  std::vector<Diagnostic> warnings;
  const auto warn = [&](Place place, const std::string& why, const std::string& source) {
    warnings.push_back(
        {file, place, "the daemon refuses such a page: " + why, source, Severity::warning});
  };
  const collectors::ScrapeJob job;
  if (unframed) {
    warn({}, "the answer has neither Content-Length nor chunks, so its end cannot be known", "");
  }
  if (page.size() > job.body_size_limit) {
    const std::string most = std::to_string(job.body_size_limit);
    warn({}, with_option("it is longer than " + most + " bytes", "body_size_limit"), "");
  }
  ExpositionLimits limits = job.limits;
  for (int i = 0; i < kBounds; ++i) {
    NoSink sink;
    collectors::PageParser parser(format, sink, limits);
    auto status = parser.feed(page);
    if (status) status = parser.finish();
    if (status) break;
    const collectors::PageError& error = status.error();
    std::string why = with_option(error.message, lift(limits, error.fault));
    // A line that nobody wants is not looked at more closely than that.
    const bool always =
        error.fault == PageFault::too_many_samples || error.fault == PageFault::line_too_long;
    if (!always) why += ", once a signal reads this series";
    warn(error.place, why, error.source);
  }
  return warnings;
}

}  // namespace revisitd::daemon::cli
