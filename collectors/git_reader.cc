#include "collectors/git_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "collectors/git_history.h"
#include "collectors/safe_file.h"
#include "rules/roster_merge.h"

namespace revisitd::collectors {
namespace {

constexpr std::size_t kMostKept = 256u << 20;

std::int32_t day_of(TimePoint time) {
  return static_cast<std::int32_t>(
      std::chrono::floor<std::chrono::days>(time).time_since_epoch().count());
}
TimePoint start_of(std::int32_t day) { return TimePoint{} + std::chrono::days(day); }

std::string kept_path(const std::string& directory, const std::string& repository) {
  return directory + "/" + content_hash(repository).substr(0, 24) + ".git-history";
}

// Whole or not at all; a reading that cannot be kept is only read again.
void keep(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  const int file = ::open(fresh.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return;
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = ::write(file, text.data() + done, text.size() - done);
    if (wrote <= 0) break;
    done += static_cast<std::size_t>(wrote);
  }
  const bool whole = ::close(file) == 0 && done == text.size();
  if (!whole || ::rename(fresh.c_str(), path.c_str()) != 0) ::unlink(fresh.c_str());
}

bool ignored(const std::vector<std::string>& authors, const GitIdentity& who) {
  return std::any_of(authors.begin(), authors.end(), [&](const std::string& author) {
    const std::string known = rules::lower_case(author);
    return known == rules::lower_case(who.email) || known == rules::lower_case(who.name);
  });
}

// Commits to what each author did, over all that .mailmap makes one.
std::vector<rules::GitAuthor> authors_of(const GitHistory& history,
                                         const std::vector<GitIdentity>& identities,
                                         const std::vector<std::string>& ignored_authors) {
  std::map<std::string, std::size_t> place_of;
  std::vector<rules::GitAuthor> authors;
  std::vector<std::size_t> place(identities.size(), SIZE_MAX);
  for (std::size_t i = 0; i < identities.size(); ++i) {
    const GitIdentity& who = identities[i];
    if (rules::is_bot(who.name, who.email) || ignored(ignored_authors, who)) continue;
    const std::string email = rules::lower_case(who.email);
    const auto [known, fresh] = place_of.emplace(email.empty() ? who.name : email, authors.size());
    if (fresh) authors.push_back({who.name, email, 0, {}});
    place[i] = known->second;
  }
  std::vector<std::size_t> of_commit;
  for (const GitCommit& commit : history.commits) {
    of_commit.clear();
    for (const std::uint32_t identity : commit.authors) {
      const std::size_t at = place[identity];
      if (at == SIZE_MAX || std::find(of_commit.begin(), of_commit.end(), at) != of_commit.end())
        continue;
      of_commit.push_back(at);
      rules::GitAuthor& author = authors[at];
      if (commit.languages != 0) ++author.commits;
      for (LanguageSet left = commit.languages; left != 0; left &= left - 1) {
        const auto bit = static_cast<std::size_t>(__builtin_ctzll(left));
        if (bit >= language_count()) break;
        rules::Shipped& shipped = author.languages[std::string(language_at(bit))];
        ++shipped.commits;
        shipped.last = std::max(shipped.last, start_of(commit.day));
      }
    }
  }
  std::erase_if(authors, [](const rules::GitAuthor& a) { return a.commits == 0; });
  return authors;
}

}  // namespace

std::string service_of(const GitRepositorySpec& spec) {
  if (!spec.service.empty()) return spec.service;
  std::string path = spec.path;
  while (path.ends_with('/')) path.pop_back();
  if (path.ends_with("/.git")) path.resize(path.size() - 5);
  std::string name = std::filesystem::path(path).filename().string();
  if (name.ends_with(".git")) name.resize(name.size() - 4);
  return name;
}

// One reading. The thread writes everything but `progress` before it is over.
struct GitReader::Job {
  std::size_t place = 0;
  GitRepositorySpec spec;
  GitReaderOptions options;
  TimePoint now{};
  std::shared_ptr<std::atomic<bool>> stop;
  std::atomic<std::uint64_t> progress{0};

  std::optional<rules::GitRepository> reading;
  std::string problem;
  std::size_t commits = 0, fresh = 0;
  bool rewritten = false;
  Duration took{};

  void run() {
    const auto begin = std::chrono::steady_clock::now();
    try {
      read();
    } catch (const std::exception& error) {
      problem = error.what();
    }
    took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
  }

  void read() {
    const std::string kept = kept_path(options.directory, spec.path);
    GitHistory known;
    if (const auto file = read_file(kept, kMostKept)) {
      if (auto history = read_git_history(file->text)) known = *std::move(history);
    }
    GitReadOptions what;
    what.path = spec.path;
    what.since = day_of(now - options.evidence.window);
    what.progress = &progress;
    what.stop = stop.get();
    const std::size_t before = known.commits.size();
    const std::int32_t since = known.since;
    auto result = read_git(what, std::move(known));
    if (!result) {
      problem = result.error().message;
      return;
    }
    const GitHistory& history = result->history;
    commits = history.commits.size();
    fresh = result->fresh;
    rewritten = result->rewritten;
    if (fresh > 0 || rewritten || commits != before || since != history.since)
      keep(kept, write_git_history(history));
    const auto identities = resolve_identities(spec.path, history.identities);
    if (!identities) {
      problem = identities.error().message;
      return;
    }
    rules::GitRepository repository;
    repository.path = spec.path;
    repository.service = service_of(spec);
    repository.team = spec.team;
    repository.read_at = now;
    repository.commits = static_cast<int>(commits);
    repository.authors = authors_of(history, *identities, options.ignored_authors);
    reading = std::move(repository);
  }
};

GitReader::GitReader(boost::asio::any_io_executor executor, GitReaderOptions options)
    : options_(std::move(options)),
      stop_(std::make_shared<std::atomic<bool>>(false)),
      pool_(std::move(executor), {.threads = 1, .max_queue = 4}) {
  for (const GitRepositorySpec& spec : options_.repositories) {
    Entry& entry = entries_.emplace_back();
    entry.spec = spec;
    entry.status.path = spec.path;
    entry.status.service = service_of(spec);
  }
  ::mkdir(options_.directory.c_str(), 0700);
}

GitReader::~GitReader() { stop_->store(true); }

bool GitReader::run(TimePoint now) {
  const bool ended = std::exchange(ended_, false);
  if (job_) return ended;
  // The one that waits for longest, so that none waits for ever where readings take their time.
  std::optional<std::size_t> next;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& asked = entries_[i].asked;
    if (asked && now >= *asked && now - *asked < options_.refresh_interval) continue;
    if (!next || asked < entries_[*next].asked) next = i;
  }
  if (next) start(*next, now);
  return ended;
}

void GitReader::start(std::size_t place, TimePoint now) {
  Entry& entry = entries_[place];
  entry.asked = now;
  auto job = std::make_shared<Job>();
  job->place = place;
  job->spec = entry.spec;
  job->options = options_;
  job->now = now;
  job->stop = stop_;
  if (!pool_.submit([job] { job->run(); }, [this, job] { finish(*job); })) return;
  entry.status.reading = true;
  job_ = std::move(job);
}

void GitReader::finish(Job& job) {
  Entry& entry = entries_[job.place];
  entry.tried = true;
  entry.status.reading = false;
  entry.status.progress = 0;
  entry.status.problem = job.problem;
  entry.status.took = job.took;
  if (job.reading) {
    entry.status.read_at = job.now;
    entry.status.commits = job.commits;
    entry.status.fresh = job.fresh;
    entry.status.rewritten = job.rewritten;
    entry.reading = std::move(job.reading);
  }
  commits_read_ += job.fresh;
  job_.reset();
  ended_ = true;
}

std::vector<rules::GitRepository> GitReader::repositories() const {
  std::vector<rules::GitRepository> all;
  for (const Entry& entry : entries_) {
    if (entry.reading) all.push_back(*entry.reading);
  }
  return all;
}

bool GitReader::complete() const {
  return std::all_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return entry.tried; });
}

std::vector<GitRepositoryStatus> GitReader::status() const {
  std::vector<GitRepositoryStatus> all;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    all.push_back(entries_[i].status);
    if (job_ && job_->place == i) all.back().progress = job_->progress.load();
  }
  return all;
}

}  // namespace revisitd::collectors
