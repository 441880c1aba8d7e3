#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/blocking_pool.h"
#include "rules/evidence.h"

namespace revisitd::collectors {

struct GitRepositorySpec {
  std::string path;
  std::string service;  // "" = the directory's name, without ".git"
  std::string team;     // "" = that of the service's decision
  friend bool operator==(const GitRepositorySpec&, const GitRepositorySpec&) = default;
};
// The service as it is given, or by the directory's name.
std::string service_of(const GitRepositorySpec& spec);

struct GitReaderOptions {
  std::vector<GitRepositorySpec> repositories;
  rules::EvidenceOptions evidence;
  Duration refresh_interval = std::chrono::minutes(15);
  std::vector<std::string> ignored_authors;  // e-mail addresses or names, beside known bots
  std::string directory;  // where readings are kept between runs, made when it is not there
  friend bool operator==(const GitReaderOptions&, const GitReaderOptions&) = default;
};

// Where one repository stands.
struct GitRepositoryStatus {
  std::string path, service;
  bool reading = false;        // now
  std::uint64_t progress = 0;  // commits read so far of the reading under way
  std::optional<TimePoint> read_at;
  std::size_t commits = 0;  // of the window
  std::size_t fresh = 0;    // of them, read by the last reading
  Duration took{};
  bool rewritten = false;  // the last reading found another history and read all anew
  std::string problem;     // why the last reading failed, "" when it did not
};

// Reads local clones on a thread of its own, one after the other, again and again; what was read
// before is kept on disk, so a reading looks at new commits only. Used by the executor's thread.
class GitReader {
 public:
  GitReader(boost::asio::any_io_executor executor, GitReaderOptions options);
  ~GitReader();

  // Starts the reading that is due, if none is under way. True when one has ended since the last
  // call.
  bool run(TimePoint now);

  // The last good readings.
  [[nodiscard]] std::vector<rules::GitRepository> repositories() const;
  [[nodiscard]] bool complete() const;  // each repository has been read, or could not be
  [[nodiscard]] std::vector<GitRepositoryStatus> status() const;
  [[nodiscard]] const GitReaderOptions& options() const { return options_; }
  [[nodiscard]] std::uint64_t commits_read() const { return commits_read_; }  // since the start

 private:
  struct Job;
  struct Entry {
    GitRepositorySpec spec;
    GitRepositoryStatus status;
    std::optional<TimePoint> asked;
    bool tried = false;  // a reading has ended, well or not
    std::optional<rules::GitRepository> reading;
  };

  void start(std::size_t place, TimePoint now);
  void finish(Job& job);

  GitReaderOptions options_;
  std::vector<Entry> entries_;
  std::shared_ptr<std::atomic<bool>> stop_;
  std::shared_ptr<Job> job_;
  bool ended_ = false;
  std::uint64_t commits_read_ = 0;
  BlockingPool pool_;
};

}  // namespace revisitd::collectors
