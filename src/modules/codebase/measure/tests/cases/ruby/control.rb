class Control
  def branches(a, b)
    if a && b
      1
    elsif a || b
      2
    else
      3
    end
  end

  def loops(n)
    for i in 0..n
      if i > 1
        while n > 0
          n -= 1
        end
      end
    end
  end

  def cases(n)
    case n
    when 1 then 1
    when 2 then 2
    else 3
    end
  end

  def handled(n)
    n = run { n > 1 ? 1 : 2 }
  rescue StandardError => e
    raise e if n > 2
  end

  def recursive(n)
    n == 0 ? 1 : recursive(n - 1)
  end

  def empty; end
end
