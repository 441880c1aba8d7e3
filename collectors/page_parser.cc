#include "collectors/page_parser.h"

namespace revisitd::collectors {
namespace {

using AnyParser = std::variant<ExpositionParser, std::unique_ptr<ProtobufParser>>;

// The rare one lies apart: a scrape's frame has room for the other.
AnyParser make_parser(ExpositionFormat format, SampleSink& sink, const ExpositionLimits& limits,
                      ExpositionScan scan, PageMemory* memory) {
  if (format == ExpositionFormat::protobuf) return std::make_unique<ProtobufParser>(sink, limits);
  return AnyParser(std::in_place_type<ExpositionParser>, format, sink, limits, scan, memory);
}

}  // namespace

PageParser::PageParser(ExpositionFormat format, SampleSink& sink, const ExpositionLimits& limits,
                       ExpositionScan scan, PageMemory* memory)
    : parser_(make_parser(format, sink, limits, scan, memory)) {}

PageStatus PageParser::feed(std::string_view piece) {
  if (auto* text = std::get_if<ExpositionParser>(&parser_)) return text->feed(piece);
  return std::get<std::unique_ptr<ProtobufParser>>(parser_)->feed(piece);
}

PageStatus PageParser::finish() {
  if (auto* text = std::get_if<ExpositionParser>(&parser_)) return text->finish();
  return std::get<std::unique_ptr<ProtobufParser>>(parser_)->finish();
}

std::size_t PageParser::samples_seen() const {
  if (const auto* text = std::get_if<ExpositionParser>(&parser_)) return text->samples_seen();
  return std::get<std::unique_ptr<ProtobufParser>>(parser_)->samples_seen();
}

}  // namespace revisitd::collectors
