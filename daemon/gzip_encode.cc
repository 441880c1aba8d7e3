#include "daemon/gzip_encode.h"

#include <zlib.h>

#include <new>

namespace revisitd::daemon {
namespace {

constexpr int kGzip = 16 + MAX_WBITS;
constexpr int kLevel = 3;
constexpr int kMemory = 8;

}  // namespace

std::string gzip_encode(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, text.size()), '\0');
  // zlib takes its input as a pointer to non-const and does not write through it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace revisitd::daemon
