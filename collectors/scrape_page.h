#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "collectors/http_client.h"
#include "collectors/page_parser.h"
#include "collectors/page_stage.h"
#include "collectors/scrape_error.h"

namespace revisitd::collectors {

// One answer on its way from the HTTP client through the parser onto the stage.
class ScrapePage {
 public:
  // Both references must outlive it. `otherwise`: as what an answer without a type of metrics is
  // read.
  ScrapePage(PageStage& stage, const ExpositionLimits& limits,
             ExpositionFormat otherwise = ExpositionFormat::prometheus)
      : stage_(stage), limits_(limits), format_(otherwise) {}

  // For FetchRequest::on_head and ::sink.
  void head(int status, std::string_view content_type);
  bool take(std::string_view piece);
  // What came of the whole; nothing when the page is good.
  std::optional<ScrapeError> finish(const Result<FetchResponse, FetchError>& response);

  [[nodiscard]] std::size_t samples_seen() const { return parser_ ? parser_->samples_seen() : 0; }

 private:
  ScrapeError error_of(const PageError& error) const;

  PageStage& stage_;
  const ExpositionLimits& limits_;
  ExpositionFormat format_;  // of an answer without a type of metrics; from its head on its own
  std::string html_type_;    // the answer's type where that says it is a web page
  std::optional<PageParser> parser_;
  std::optional<ScrapeError> error_;
};

}  // namespace revisitd::collectors
