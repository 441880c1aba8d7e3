#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>

#include "collectors/git_history.h"

// A local clone read for fluency, beside `git log --since --name-only` on the same clone. Without
// an argument in REVISITD_BENCH_CLONE, the path of a clone, one is made with `git fast-import`: a
// tree of 60 directories with 50 files each, and a linear history that touches one to five files at
// a time.
namespace revisitd::collectors {
namespace {

constexpr std::int32_t kToday = 20'700;
constexpr int kWindow = 365;

int run(const std::string& command) {
  return std::system(("GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent " + command).c_str());
}

class Clone {
 public:
  explicit Clone(int commits) {
    if (const char* given = std::getenv("REVISITD_BENCH_CLONE")) {
      path_ = given;
      return;
    }
    folder_ = (std::filesystem::temp_directory_path() / "git-bench-XXXXXX").string();
    if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = folder_ + "/clone.git";
    run("git init -q --bare -b main " + path_);
    write(commits);
    run("git -C " + path_ + " -c pack.threads=2 repack -adq");
  }
  Clone(const Clone&) = delete;
  Clone& operator=(const Clone&) = delete;
  ~Clone() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  void write(int commits) const {
    const std::string command =
        "GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent git -C " + path_ + " fast-import --quiet";
    std::FILE* out = ::popen(command.c_str(), "w");
    if (out == nullptr) throw std::runtime_error("git fast-import cannot be started");
    std::mt19937 random(7);
    const char* const kEndings[] = {"go", "go", "py", "ts", "md"};
    for (int i = 0; i < commits; ++i) {
      const long long time =
          (kToday - kWindow + 1) * 86'400LL + i * (kWindow - 2) * 86'400LL / commits;
      std::fprintf(out,
                   "commit refs/heads/main\nauthor Dev %u <dev%u@a.example> %lld +0000\ncommitter "
                   "Dev <dev@a.example> %lld +0000\ndata 7\nchange\n\n",
                   i % 40, i % 40, time, time);
      const int files = i == 0 ? 3'000 : 1 + static_cast<int>(random() % 5);
      for (int f = 0; f < files; ++f) {
        const unsigned file = i == 0 ? static_cast<unsigned>(f) : random() % 3'000;
        const std::string text = "line " + std::to_string(random()) + "\n";
        std::fprintf(out, "M 100644 inline services/s%u/src/f%u.%s\ndata %zu\n%s\n", file / 50,
                     file % 50, kEndings[file % 5], text.size(), text.c_str());
      }
      std::fprintf(out, "\n");
    }
    if (::pclose(out) != 0) throw std::runtime_error("git fast-import failed");
  }

  std::string folder_, path_;
};

const Clone& clone_of(int commits) {
  static const Clone small(2'000);
  if (commits <= 2'000) return small;
  static const Clone large(commits);
  return large;
}

GitReadOptions options_of(const Clone& clone) {
  GitReadOptions options;
  options.path = clone.path();
  // A clone that was given is read as a whole.
  options.since = std::getenv("REVISITD_BENCH_CLONE") != nullptr ? 0 : kToday - kWindow;
  return options;
}

GitReadResult read(const Clone& clone, GitHistory known = {}) {
  auto result = read_git(options_of(clone), std::move(known));
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

void first_reading(benchmark::State& state, int commits) {
  const Clone& clone = clone_of(commits);
  std::size_t seen = 0;
  for (auto _ : state) seen = read(clone).history.commits.size();
  state.counters["commits"] = static_cast<double>(seen);
}

void later_reading(benchmark::State& state, int commits) {
  const Clone& clone = clone_of(commits);
  const std::string kept = write_git_history(read(clone).history);
  for (auto _ : state) {
    auto known = read_git_history(kept);
    benchmark::DoNotOptimize(read(clone, *std::move(known)));
  }
  state.counters["kept_bytes"] = static_cast<double>(kept.size());
}

void git_log(benchmark::State& state, int commits) {
  const Clone& clone = clone_of(commits);
  const std::string since = std::getenv("REVISITD_BENCH_CLONE") != nullptr
                                ? ""
                                : " --since=@" + std::to_string((kToday - kWindow) * 86'400LL);
  for (auto _ : state) {
    if (run("git -C " + clone.path() + " log" + since +
            " --no-renames --name-only --format='%H %cI %an %ae' >/dev/null") != 0)
      throw std::runtime_error("git log failed");
  }
}

void FirstReading(benchmark::State& state) { first_reading(state, 2'000); }
void LaterReading(benchmark::State& state) { later_reading(state, 2'000); }
void GitLog(benchmark::State& state) { git_log(state, 2'000); }
void DayFirstReading(benchmark::State& state) { first_reading(state, 100'000); }
void DayLaterReading(benchmark::State& state) { later_reading(state, 100'000); }
void DayGitLog(benchmark::State& state) { git_log(state, 100'000); }

// Both sides by the wall: git is another process.
BENCHMARK(FirstReading)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(LaterReading)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(GitLog)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(DayFirstReading)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);
BENCHMARK(DayLaterReading)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);
BENCHMARK(DayGitLog)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

}  // namespace
}  // namespace revisitd::collectors
