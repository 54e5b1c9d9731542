# SPDX-License-Identifier: MIT
# The harness that `make test` gives to prove(1): the usual summary, and as the
# very last line how many tests passed and failed.
package IkosHarness;

use strict;
use warnings;
use parent 'TAP::Harness';

sub summary {
    my ($self, $aggregate) = @_;

    $self->SUPER::summary($aggregate);
    my $passed = $aggregate->passed;
    my $failed = $aggregate->failed;
    # A program that died, printed no plan or the wrong one has failed as a
    # whole, whatever its single tests said.
    for my $parser ($aggregate->parsers) {
        next if $parser->failed;
        my $broken = $parser->parse_errors || $parser->exit || $parser->wait;
        $failed++ if $broken;
    }
    print "$passed passed, $failed failed\n";
}

1;
