#pragma once

#include <cstdint>
#include <protozero/pbf_reader.hpp>

// Fields of messages, for the sources that read them with protozero.
namespace revisitd::collectors {

constexpr std::uint32_t varint_field(protozero::pbf_tag_type number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::varint);
}
constexpr std::uint32_t double_field(protozero::pbf_tag_type number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::fixed64);
}
constexpr std::uint32_t bytes_field(protozero::pbf_tag_type number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::length_delimited);
}

// Passes over a field that newer schemas may have added. One of those known, 1 … `known`, only
// comes here in a wire type that is not its own; that is thrown as what else is broken in the wire
// format.
inline void skip_unknown(protozero::pbf_reader& field, protozero::pbf_tag_type known) {
  if (field.tag() <= known) throw protozero::unknown_pbf_wire_type_exception{};
  field.skip();
}

}  // namespace revisitd::collectors
