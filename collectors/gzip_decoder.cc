#include "collectors/gzip_decoder.h"

#include <zlib.h>

#include <array>
#include <new>

namespace revisitd::collectors {

struct GzipDecoder::Inflater {
  z_stream stream{};
  std::array<char, 16 * 1024> out{};
};

namespace {
constexpr int kGzipOnly = 16 + MAX_WBITS;
}

GzipDecoder::GzipDecoder() : inflater_(std::make_unique<Inflater>()) {
  if (inflateInit2(&inflater_->stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
}

GzipDecoder::~GzipDecoder() { inflateEnd(&inflater_->stream); }

GzipDecoder::State GzipDecoder::feed(std::string_view input, const Sink& sink) {
  z_stream& stream = inflater_->stream;
  // zlib takes its input as a pointer to non-const and does not write through it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  while (stream.avail_in > 0 && (state_ == State::more || state_ == State::done)) {
    if (state_ == State::done) inflateReset(&stream);
    state_ = inflate_some(sink);
  }
  return state_;
}

// Runs until the input is used up, a member ends, or something goes wrong.
GzipDecoder::State GzipDecoder::inflate_some(const Sink& sink) {
  z_stream& stream = inflater_->stream;
  auto& out = inflater_->out;
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    const std::size_t produced = out.size() - stream.avail_out;
    if (produced > 0 && !sink(std::string_view(out.data(), produced))) return State::stopped;
    if (code == Z_STREAM_END) return State::done;
    if (code == Z_BUF_ERROR) return State::more;
    if (code != Z_OK) return State::broken;
    if (stream.avail_in == 0 && stream.avail_out > 0) return State::more;
  }
}

}  // namespace revisitd::collectors
