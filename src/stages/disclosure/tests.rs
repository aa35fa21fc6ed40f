use super::*;
use proptest::prelude::*;

/// Number of the partner itself.
const OWN: u32 = 1_000;

fn others(count: u32, largest: i128, total: i128) -> Others {
    Others { count, hardware: Amounts { total, largest }, services: Amounts { total, largest } }
}

fn cell(category: u16, hardware: i64, others: Others) -> Cell<'static> {
    Cell { partner: OWN, category, hardware, market_hardware: 1_000_000, others, members: &[] }
}

fn sound() -> Others {
    others(9, 100, 800)
}

#[test]
fn a_figure_needs_five_others_and_none_of_more_than_half() {
    assert!(others(5, 50, 100).may_be_shown());
    assert!(!others(4, 30, 100).may_be_shown());
    assert!(!others(9, 51, 100).may_be_shown());
    let nothing_sold = Others { services: Amounts::default(), ..sound() };
    assert!(!nothing_sold.may_be_shown());
    let one_sells = Others { services: Amounts { total: 10, largest: 6 }, ..sound() };
    assert!(!one_sells.may_be_shown());
}

#[test]
fn a_hidden_cell_takes_its_category_along() {
    let hidden = others(2, 30, 100);
    let seen = disclose(&[cell(1, 1_000, sound()), cell(1, 900, hidden), cell(2, 50, sound())]);
    let shown = [Shown { category: 1, has_cells: false }, Shown { category: 2, has_cells: true }];
    assert_eq!(seen, Disclosure { shown: shown.to_vec(), together: Vec::new(), is_withheld: false });
}

#[test]
fn a_category_that_cannot_be_shown_takes_the_smallest_other_along() {
    let hidden = others(4, 30, 100);
    let seen = disclose(&[cell(1, 1_000, sound()), cell(2, 900, hidden), cell(3, 800, sound())]);
    assert_eq!(seen.shown, [Shown { category: 1, has_cells: true }]);
    assert_eq!((seen.together, seen.is_withheld), (vec![2, 3], false));
    // The smallest has too little weight to hide anything behind, so the next one comes too.
    let seen = disclose(&[cell(1, 1_000, sound()), cell(2, 900, hidden), cell(3, 8, sound())]);
    assert_eq!((seen.shown.len(), seen.together), (0, vec![1, 2, 3]));
}

#[test]
fn where_nothing_is_large_enough_to_hide_behind_nothing_is_shown() {
    let hidden = others(1, 100, 100);
    assert_eq!(disclose(&[cell(1, 1_000, hidden)]), Disclosure { is_withheld: true, ..Disclosure::default() });
    assert!(disclose(&[cell(1, 1_000, hidden), cell(2, 10, sound())]).is_withheld);
    // A cell without own hardware shows no rate, and hides none.
    assert!(disclose(&[cell(1, 1_000, hidden), cell(2, 0, sound())]).is_withheld);
    assert_eq!(disclose(&[cell(1, 0, hidden)]).shown, [Shown { category: 1, has_cells: true }]);
    assert_eq!(disclose(&[]), Disclosure::default());
}

/// Two cells of three others each, four of them different: alone neither may be shown, together they have five others of whom none is half.
#[test]
fn others_of_several_cells_are_counted_once_each() {
    let member = |partner: u32| Member { partner, hardware: 100, services: 10 };
    let (first, second) = ([0, 1, 2].map(member), [2, 3, 4].map(member));
    let few = others(3, 100, 300);
    let own = Cell { market_hardware: 1_300, ..cell(1, 1_000, few) };
    let line = |first, second| [Cell { members: first, ..own }, Cell { members: second, category: 2, ..own }];
    assert_eq!(disclose(&line(&first, &second)).together, [1, 2]);
    assert!(disclose(&line(&first, &first)).is_withheld);
}

/// A market: the own hardware of each cell, and by cell the hardware and services of each other partner. Cell `c` is of category `c / 2`.
type Market = (Vec<i64>, Vec<Vec<(i64, i64)>>);

fn market() -> impl Strategy<Value = Market> {
    (2usize..7).prop_flat_map(|count| {
        let own = prop::collection::vec(0i64..5_000, count);
        let of_cell = prop::collection::vec((0i64..1_000, 0i64..200), 0..12);
        (own, prop::collection::vec(of_cell, count))
    })
}

/// The members of each cell: the others by their place, and the partner itself.
fn members_of((own, others): &Market) -> Vec<Vec<Member>> {
    let of = |(hardware, others): (&i64, &Vec<(i64, i64)>)| {
        let others = others.iter().zip(0..).map(|((hardware, services), partner)| Member {
            partner,
            hardware: *hardware,
            services: *services,
        });
        others.chain([Member { partner: OWN, hardware: *hardware, services: 7 }]).collect()
    };
    own.iter().zip(others).map(of).collect()
}

fn cells_of<'a>((own, others): &Market, members: &'a [Vec<Member>]) -> Vec<Cell<'a>> {
    let amounts = |values: Vec<i64>| Amounts {
        total: values.iter().map(|value| i128::from(*value)).sum(),
        largest: values.iter().copied().max().unwrap_or(0).into(),
    };
    own.iter()
        .zip(others)
        .enumerate()
        .map(|(place, (hardware, others))| Cell {
            partner: OWN,
            members: &members[place],
            category: place as u16 / 2,
            hardware: *hardware,
            market_hardware: hardware + others.iter().map(|(hardware, _)| hardware).sum::<i64>(),
            others: Others {
                count: others.iter().filter(|(hardware, _)| *hardware > 0).count() as u32,
                hardware: amounts(others.iter().map(|(hardware, _)| *hardware).collect()),
                services: amounts(others.iter().map(|(_, services)| *services).collect()),
            },
        })
        .collect()
}

/// What is shown, as sums of cells: each row says which cells it takes.
fn shown_sums(cells: &[Cell<'_>], seen: &Disclosure) -> Vec<Vec<usize>> {
    let of = |category: u16| (0..cells.len()).filter(move |place| cells[*place].category == category);
    let mut rows: Vec<Vec<usize>> = Vec::new();
    if seen.is_withheld {
        return rows;
    }
    for shown in &seen.shown {
        rows.push(of(shown.category).collect());
        if shown.has_cells {
            rows.extend(of(shown.category).map(|place| vec![place]));
        }
    }
    rows.push(seen.together.iter().flat_map(|category| of(*category)).collect());
    rows.push((0..cells.len()).collect());
    rows
}

/// Whether adding and subtracting rows, each with any weight, gives the rate of this one cell: whether its unit vector lies in their span.
fn can_be_worked_out(cells: &[Cell<'_>], rows: &[Vec<usize>], target: usize) -> bool {
    let row_of = |row: &[usize]| {
        (0..cells.len()).map(|place| if row.contains(&place) { cells[place].hardware as f64 } else { 0.0 }).collect()
    };
    let mut matrix: Vec<Vec<f64>> = rows.iter().map(|row| row_of(row)).collect();
    let rank_without = rank(matrix.clone());
    matrix.push((0..cells.len()).map(|place| f64::from(u8::from(place == target))).collect());
    rank(matrix) == rank_without
}

fn rank(mut matrix: Vec<Vec<f64>>) -> usize {
    let columns = matrix.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..columns {
        let Some(pivot) = (rank..matrix.len()).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs())) else {
            break;
        };
        if matrix[pivot][column].abs() < 1e-9 {
            continue;
        }
        matrix.swap(rank, pivot);
        let (above, below) = matrix.split_at_mut(rank + 1);
        for row in below {
            let factor = row[column] / above[rank][column];
            for (value, pivot) in row.iter_mut().zip(&above[rank]) {
                *value -= factor * pivot;
            }
        }
        rank += 1;
    }
    rank
}

proptest! {
    /// No rate of a cell that fails can be worked out from what is shown, whatever is added to and subtracted from what.
    #[test]
    fn no_hidden_rate_is_found_by_subtraction(market in market()) {
        let members = members_of(&market);
        let cells = cells_of(&market, &members);
        let seen = disclose(&cells);
        let rows = shown_sums(&cells, &seen);
        for (place, cell) in cells.iter().enumerate() {
            if cell.hardware != 0 && !cell.others.may_be_shown() {
                prop_assert!(!can_be_worked_out(&cells, &rows, place), "cell {place} of {cells:?} from {rows:?}");
            }
        }
    }

    /// Of every line that is shown, at least five others stand behind it, and none adds more than half of what the others add to the figure,
    /// reckoned exactly over every other by itself. No other's hardware or services is the whole of what is unknown in a line.
    #[test]
    fn no_other_makes_up_more_than_half_of_a_line(market in market()) {
        let members = members_of(&market);
        let cells = cells_of(&market, &members);
        let seen = disclose(&cells);
        for row in shown_sums(&cells, &seen) {
            let row: Vec<usize> = row.into_iter().filter(|place| cells[*place].hardware != 0).collect();
            if row.is_empty() {
                continue;
            }
            let most = market.1.iter().map(Vec::len).max().unwrap_or(0);
            let mut added = vec![(0.0f64, 0.0f64); most];
            for place in &row {
                let share = cells[*place].hardware as f64 / cells[*place].market_hardware as f64;
                for (other, (hardware, services)) in market.1[*place].iter().enumerate() {
                    added[other].0 += share * *hardware as f64;
                    added[other].1 += share * *services as f64;
                }
            }
            prop_assert!(added.iter().filter(|(hardware, _)| *hardware > 0.0).count() >= 5);
            for get in [|pair: &(f64, f64)| pair.0, |pair: &(f64, f64)| pair.1] {
                let total: f64 = added.iter().map(get).sum();
                let largest = added.iter().map(get).fold(0.0, f64::max);
                prop_assert!(total > 0.0 && largest <= 0.5 * total * (1.0 + 1e-6), "{largest} of {total}");
            }
        }
    }

    /// Every category is shown in exactly one place, unless all is withheld.
    #[test]
    fn every_category_has_one_place(market in market()) {
        let members = members_of(&market);
        let cells = cells_of(&market, &members);
        let seen = disclose(&cells);
        let mut places: Vec<u16> = seen.shown.iter().map(|shown| shown.category).chain(seen.together.iter().copied()).collect();
        places.sort_unstable();
        let mut all: Vec<u16> = cells.iter().map(|cell| cell.category).collect();
        all.dedup();
        prop_assert!(seen.is_withheld || places == all);
        prop_assert!(seen.together.len() != 1 || cells.iter().filter(|cell| cell.category == seen.together[0] && cell.hardware != 0).count() > 1);
    }
}
