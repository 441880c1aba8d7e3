#include "collectors/protobuf_parser.h"

namespace revisitd::collectors {

ProtobufParser::ProtobufParser(SampleSink& /*sink*/, const ExpositionLimits& /*limits*/) {}
PageStatus ProtobufParser::feed(std::string_view /*piece*/) { return Ok{}; }
PageStatus ProtobufParser::finish() { return Ok{}; }

}  // namespace revisitd::collectors
