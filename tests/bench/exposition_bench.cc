#include <benchmark/benchmark.h>

#include <array>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "collectors/exposition_parser.h"
#include "collectors/page_parser.h"
#include "collectors/selector.h"
#include "tests/allocation_count.h"

// How fast pages are read, and that the steady state allocates nothing. Each benchmark reads one
// page over and over, as a scraper does: captured ones, and made ones of 20 KB, 200 KB and 2 MB
// with 120 bytes a sample, whose values are others every time.
namespace revisitd::collectors {
namespace {

constexpr const char* kPages[] = {"etcd.prom.txt", "node_exporter.prom.txt", "prometheus.prom.txt",
                                  "caddy.prom.txt"};
constexpr std::size_t kPiece = 16 * 1024;  // as bytes come from a socket

std::string captured(const char* name) {
  std::ifstream file(std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/expositions/" + name,
                     std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string page(std::int64_t index) { return captured(kPages[index]); }

constexpr std::array<std::size_t, 3> kSizes = {20'000, 200'000, 2'000'000};
constexpr std::size_t kFamily = 25;  // samples behind one HELP and one TYPE
constexpr std::size_t kVariants = 4;

// A made page as a list of lines, so that some can change, move or go.
std::vector<std::string> made_lines(std::size_t bytes, unsigned variant) {
  std::mt19937 random(variant);
  std::vector<std::string> lines;
  std::size_t size = 0;
  for (std::size_t i = 0; size < bytes; ++i) {
    const std::string family = "container_family_" + std::to_string(i / kFamily) + "_bytes_total";
    if (i % kFamily == 0) {
      lines.push_back("# HELP " + family + " Bytes that this container has moved.\n");
      lines.push_back("# TYPE " + family + " counter\n");
    }
    std::string value = std::to_string(random() % 100'000'000);
    if (i % 3 == 1) value.insert(value.size() - value.size() / 2, 1, '.');
    if (i % 3 == 2 && i % 10 < 3) value = "1." + value + "e+09";
    lines.push_back(family + "{container=\"app\",namespace=\"payments\",pod=\"checkout-7d9f8b6c-" +
                    std::to_string(10000 + i) + "\",zone=\"eu-1\"} " + value + '\n');
    size += 120;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

std::vector<std::string> made_pages(std::int64_t size) {
  std::vector<std::string> pages;
  for (unsigned variant = 0; variant < kVariants; ++variant) {
    pages.push_back(joined(made_lines(kSizes[static_cast<std::size_t>(size)], variant)));
  }
  return pages;
}

// Of every hundred lines one is another, one is gone and one has moved down.
std::vector<std::string> changing_pages(std::int64_t size) {
  std::vector<std::string> pages;
  for (unsigned variant = 0; variant < kVariants; ++variant) {
    std::vector<std::string> lines = made_lines(kSizes[static_cast<std::size_t>(size)], variant);
    for (std::size_t i = 10 + variant; i + 20 < lines.size(); i += 100) {
      lines[i].replace(lines[i].find('_'), 1, 1, static_cast<char>('a' + variant));
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i) + 5);
      std::swap(lines[i + 8], lines[i + 15]);
    }
    pages.push_back(joined(lines));
  }
  return pages;
}

class Everything : public SampleSink {
 public:
  void sample(const SampleView& sample) override { benchmark::DoNotOptimize(sum += sample.value); }
  SeriesMark mark(const SampleView&) override { return 0; }
  void reading(SeriesMark, const Reading& reading) override {
    benchmark::DoNotOptimize(sum += reading.value);
  }
  double sum = 0;
};

// Wants four families of a made page, as far as it has so many.
class FourFamilies : public Everything {
 public:
  bool wants(std::string_view name) override {
    return name == "container_family_1_bytes_total" || name == "container_family_3_bytes_total" ||
           name == "container_family_6_bytes_total" || name == "container_family_9_bytes_total";
  }
};

// Wants what a service's four or five signals want, of the pages here.
class Signals : public Everything {
 public:
  bool wants(std::string_view name) override {
    return name == "process_resident_memory_bytes" || name == "go_goroutines" ||
           name == "etcd_disk_wal_fsync_duration_seconds_bucket" ||
           name == "prometheus_http_request_duration_seconds_bucket" ||
           name == "caddy_http_request_duration_seconds_bucket" || name == "shop_native_seconds" ||
           name == "node_memory_MemAvailable_bytes" || name == "node_cpu_seconds_total";
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

void run(benchmark::State& state, const std::vector<std::string>& pages, SampleSink& sink,
         ExpositionScan scan, PageMemory* memory) {
  for (const std::string& text : pages) read_page(state, sink, text, scan, memory);
  const std::size_t before = testing::allocations();
  std::int64_t bytes = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    const std::string& text = pages[next++ % pages.size()];
    read_page(state, sink, text, scan, memory);
    bytes += static_cast<std::int64_t>(text.size());
  }
  state.counters["allocations"] = benchmark::Counter(
      static_cast<double>(testing::allocations() - before), benchmark::Counter::kAvgIterations);
  state.SetBytesProcessed(bytes);
}

void run(benchmark::State& state, SampleSink& sink, ExpositionScan scan, PageMemory* memory) {
  run(state, {page(state.range(0))}, sink, scan, memory);
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

void MadeEveryLine(benchmark::State& state) {
  Everything sink;
  run(state, made_pages(state.range(0)), sink, ExpositionScan::every_line, nullptr);
}

void MadeKnownEverySeries(benchmark::State& state) {
  Everything sink;
  PageMemory memory;
  run(state, made_pages(state.range(0)), sink, ExpositionScan::wanted_lines, &memory);
}

void MadeKnownFourFamilies(benchmark::State& state) {
  FourFamilies sink;
  PageMemory memory;
  run(state, made_pages(state.range(0)), sink, ExpositionScan::wanted_lines, &memory);
}

void MadeChangingEverySeries(benchmark::State& state) {
  Everything sink;
  PageMemory memory;
  run(state, changing_pages(state.range(0)), sink, ExpositionScan::wanted_lines, &memory);
}

// The same metrics of a Go program as text and as protobuf, three native histograms among them.
void ReadInFormat(benchmark::State& state, SampleSink& sink) {
  const bool protobuf = state.range(0) == 1;
  const std::string text = captured(protobuf ? "go_native.pb" : "go_native.prom.txt");
  const auto format = protobuf ? ExpositionFormat::protobuf : ExpositionFormat::prometheus;
  std::size_t samples = 0;
  for (auto _ : state) {
    PageParser parser(format, sink, {}, ExpositionScan::wanted_lines);
    if (!parser.feed(text) || !parser.finish()) state.SkipWithError("page refused");
    samples += parser.samples_seen();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(samples));
  state.SetLabel(protobuf ? "protobuf" : "text");
}

void ReadFormatEverySeries(benchmark::State& state) {
  Everything sink;
  ReadInFormat(state, sink);
}

void ReadFormatWanted(benchmark::State& state) {
  Signals sink;
  ReadInFormat(state, sink);
}

void MatchSelector(benchmark::State& state) {
  const auto selector = Selector::parse("http_requests_total{code!~\"5..\",method=\"GET\"}");
  const LabelView labels[] = {{"code", "200"}, {"method", "GET"}, {"path", "/api"}};
  for (auto _ : state) benchmark::DoNotOptimize(selector->matches("http_requests_total", labels));
}

BENCHMARK(ReadEveryLine)->DenseRange(0, 3);
BENCHMARK(ReadWantedLines)->DenseRange(0, 3);
BENCHMARK(ReadKnownLayout)->DenseRange(0, 3);
BENCHMARK(MadeEveryLine)->DenseRange(0, 2);
BENCHMARK(MadeKnownEverySeries)->DenseRange(0, 2);
BENCHMARK(MadeKnownFourFamilies)->DenseRange(0, 2);
BENCHMARK(MadeChangingEverySeries)->DenseRange(0, 2);
BENCHMARK(ReadFormatEverySeries)->DenseRange(0, 1);
BENCHMARK(ReadFormatWanted)->DenseRange(0, 1);
BENCHMARK(MatchSelector);

}  // namespace
}  // namespace revisitd::collectors
