#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/protobuf_parser.h"
#include "collectors/sample_json.h"

// Feeds any bytes to the parser of protobuf pages. The first byte chooses how the rest is cut into
// pieces; what one reading finds, a reading in pieces must find. What is good as a whole must be
// good for a sink that wants some of it, which gets just that.
namespace revisitd::collectors {
namespace {

void require(bool good) {
  if (!good) std::abort();
}

bool is_some(std::string_view name) { return name.size() % 2 == 0; }

void check_side(const std::vector<NativeBucket>& side) {
  for (std::size_t i = 0; i < side.size(); ++i) {
    require(std::isfinite(side[i].count) && side[i].count > 0);
    require(i == 0 || side[i - 1].index < side[i].index);
  }
}

std::string side_text(const std::vector<NativeBucket>& side) {
  std::string out;
  for (const NativeBucket& bucket : side)
    out += ' ' + std::to_string(bucket.index) + ':' + value_text(bucket.count);
  return out + ';';
}

class Recorder : public SampleSink {
 public:
  Recorder(bool some, std::size_t buckets) : some_(some), buckets_(buckets) {}

  bool wants(std::string_view name) override {
    require(!name.empty());
    return !some_ || is_some(name);
  }
  void sample(const SampleView& sample) override {
    require(!sample.name.empty() && sample.line == 1);
    require(!some_ || is_some(sample.name));
    note(sample, sample_json(sample));
  }
  void native_histogram(const SampleView& sample, const NativeHistogram& histogram) override {
    require(!some_ || is_some(sample.name));
    require(histogram.schema >= NativeHistogram::kLeastSchema &&
            histogram.schema <= NativeHistogram::kFinestSchema);
    require(histogram.zero_threshold >= 0 && histogram.zero_count >= 0 && histogram.count >= 0);
    require(histogram.positive.size() + histogram.negative.size() <= buckets_);
    check_side(histogram.positive);
    check_side(histogram.negative);
    note(sample,
         sample_json(sample) + side_text(histogram.positive) + side_text(histogram.negative));
  }
  void metadata(const MetadataView& metadata) override {
    std::string line(metadata.family);
    described.push_back(line.append(metadata.text));
  }

  std::vector<std::string> record;
  std::vector<std::string> record_of_some;
  std::vector<std::string> described;

 private:
  void note(const SampleView& sample, const std::string& line) {
    record.push_back(line);
    if (is_some(sample.name)) record_of_some.push_back(line);
  }

  bool some_;
  std::size_t buckets_;
};

PageStatus read(ProtobufParser& parser, std::string_view bytes, std::size_t step) {
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const std::string piece(bytes.substr(at, step));
    if (auto status = parser.feed(piece); !status) return status;
  }
  return parser.finish();
}

ExpositionLimits small_limits() {
  ExpositionLimits limits;
  limits.samples = 500;
  limits.line_bytes = 2048;
  limits.label_value_bytes = 128;
  limits.native_buckets = 100;
  return limits;
}

void compare(std::string_view bytes, std::size_t step) {
  const ExpositionLimits limits = small_limits();
  Recorder whole(false, limits.native_buckets);
  ProtobufParser in_one(whole, limits);
  const PageStatus status = read(in_one, bytes, bytes.size() + 1);
  Recorder pieces(false, limits.native_buckets);
  ProtobufParser in_pieces(pieces, limits);
  const PageStatus again = read(in_pieces, bytes, step);
  require(static_cast<bool>(status) == static_cast<bool>(again));
  require(whole.record == pieces.record && whole.described == pieces.described);
  require(in_one.samples_seen() == in_pieces.samples_seen());
  if (!status) {
    require(status.error() == again.error());
    require(status.error().message.size() < 250);
    return;
  }
  Recorder some(true, limits.native_buckets);
  ProtobufParser of_some(some, limits);
  require(static_cast<bool>(read(of_some, bytes, step)));
  require(some.record == whole.record_of_some);
}

}  // namespace
}  // namespace revisitd::collectors

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  revisitd::collectors::compare({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0] + 1U);
  return 0;
}
