#include "storage/deflate.h"

#include <zlib.h>

#include <new>

namespace revisitd::storage {
namespace {

// A window of 4 KiB covers a whole chunk, and keeps zlib's state at 32 KiB instead of 256.
constexpr int kWindowBits = -12;
constexpr int kMemoryLevel = 5;

Bytef* bytes_of(std::string_view text) {
  // zlib's input pointer is not const, though it never writes through it.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

std::string deflated(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindowBits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = bytes_of(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::optional<std::string> inflated(std::string_view text, std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, kWindowBits) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out(limit, '\0');
  stream.next_in = bytes_of(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  const int outcome = inflate(&stream, Z_FINISH);
  const bool whole = outcome == Z_STREAM_END && stream.avail_in == 0;
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return whole ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace revisitd::storage
