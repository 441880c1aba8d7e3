#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <new>
#include <sstream>
#include <string>

#include "collectors/exposition_parser.h"
#include "collectors/selector.h"

// How fast pages are read, and that the steady state allocates nothing. Each benchmark reads one
// captured page over and over, as a scraper does.
namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace revisitd::collectors {
namespace {

constexpr const char* kPages[] = {"etcd.prom.txt", "node_exporter.prom.txt", "prometheus.prom.txt",
                                  "caddy.prom.txt"};
constexpr std::size_t kPiece = 16 * 1024;  // as bytes come from a socket

std::string page(std::int64_t index) {
  std::ifstream file(
      std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/expositions/" + kPages[index],
      std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Everything : public SampleSink {
 public:
  void sample(const SampleView& sample) override { benchmark::DoNotOptimize(sum += sample.value); }
  double sum = 0;
};

// Wants what a service's four or five signals want, of the pages here.
class Signals : public Everything {
 public:
  bool wants(std::string_view name) override {
    return name == "process_resident_memory_bytes" || name == "go_goroutines" ||
           name == "etcd_disk_wal_fsync_duration_seconds_bucket" ||
           name == "prometheus_http_request_duration_seconds_bucket" ||
           name == "caddy_http_request_duration_seconds_bucket" ||
           name == "node_memory_MemAvailable_bytes" || name == "node_cpu_seconds_total";
  }
  SeriesMark mark(const SampleView&) override { return 0; }
  void reading(SeriesMark, const Reading& reading) override {
    benchmark::DoNotOptimize(sum += reading.value);
  }
};

void read_page(benchmark::State& state, SampleSink& sink, const std::string& text,
               ExpositionScan scan, PageMemory* memory) {
  ExpositionParser parser(ExpositionFormat::prometheus, sink, {}, scan, memory);
  std::string_view rest = text;
  while (!rest.empty()) {
    if (!parser.feed(rest.substr(0, kPiece))) state.SkipWithError("page refused");
    rest.remove_prefix(std::min(kPiece, rest.size()));
  }
  if (!parser.finish()) state.SkipWithError("page refused");
}

void run(benchmark::State& state, SampleSink& sink, ExpositionScan scan, PageMemory* memory) {
  const std::string text = page(state.range(0));
  read_page(state, sink, text, scan, memory);
  allocations = 0;
  for (auto _ : state) read_page(state, sink, text, scan, memory);
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(allocations), benchmark::Counter::kAvgIterations);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.SetLabel(kPages[state.range(0)]);
}

void ReadEveryLine(benchmark::State& state) {
  Everything sink;
  run(state, sink, ExpositionScan::every_line, nullptr);
}

void ReadWantedLines(benchmark::State& state) {
  Signals sink;
  run(state, sink, ExpositionScan::wanted_lines, nullptr);
}

void ReadKnownLayout(benchmark::State& state) {
  Signals sink;
  PageMemory memory;
  run(state, sink, ExpositionScan::wanted_lines, &memory);
}

void MatchSelector(benchmark::State& state) {
  const auto selector = Selector::parse("http_requests_total{code!~\"5..\",method=\"GET\"}");
  const LabelView labels[] = {{"code", "200"}, {"method", "GET"}, {"path", "/api"}};
  for (auto _ : state) benchmark::DoNotOptimize(selector->matches("http_requests_total", labels));
}

BENCHMARK(ReadEveryLine)->DenseRange(0, 3);
BENCHMARK(ReadWantedLines)->DenseRange(0, 3);
BENCHMARK(ReadKnownLayout)->DenseRange(0, 3);
BENCHMARK(MatchSelector);

}  // namespace
}  // namespace revisitd::collectors
