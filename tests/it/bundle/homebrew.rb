# A Homebrew that writes down what a formula asks of it: homebrew.rb FORMULA

require "pathname"

class Pathname
  def install(*names) = puts("#{self} installs #{names.join(" ")}")

  def install_symlink(*targets) = puts("#{self} links #{targets.join(" ")}")
end

class Formula
  class << self
    def stated = @stated ||= {}

    %i[desc homepage url sha256 license depends_on].each do |field|
      define_method(field) { |value| stated[field] = value }
    end

    def test(&block) = stated[:test] = block
  end

  def prefix = Pathname("/keg")
  def bin = prefix/"bin"
  def man1 = prefix/"man1"
  def man5 = prefix/"man5"
  def opt_prefix = Pathname("/opt/wick")

  def generate_completions_from_executable(*command) = puts("completions of #{command.join(" ")}")
end

# The app is nowhere here, so a pattern stands for what it would find.
def Dir.[](pattern) = [pattern]

load ARGV.fetch(0)
wick = Wick.new
wick.install
puts wick.caveats
abort "a field is missing: #{Wick.stated.keys}" if Wick.stated.size != 7
