#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include "collectors/exposition_parser.h"
#include "collectors/protobuf_parser.h"

namespace revisitd::collectors {

// Whichever parser a page's format has; the contract is ExpositionParser's. Of protobuf every line
// of a wanted family is read whatever `scan` says, and no page is remembered.
class PageParser {
 public:
  PageParser(ExpositionFormat format, SampleSink& sink, const ExpositionLimits& limits = {},
             ExpositionScan scan = ExpositionScan::every_line, PageMemory* memory = nullptr);

  PageStatus feed(std::string_view piece);
  PageStatus finish();
  [[nodiscard]] std::size_t samples_seen() const;

 private:
  std::variant<ExpositionParser, std::unique_ptr<ProtobufParser>> parser_;
};

}  // namespace revisitd::collectors
